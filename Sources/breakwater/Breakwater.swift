@main
struct Breakwater {
  static func main() {}
}
