/// Promtool's unit tests of rules: test files as values, and how they are run.
package enum RuleTesting {}
