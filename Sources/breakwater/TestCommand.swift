import ArgumentParser

struct TestCommand: AsyncParsableCommand {
}
