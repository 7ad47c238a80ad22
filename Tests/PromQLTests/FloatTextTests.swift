import PromQL
import Testing

struct FloatTextTests {
  @Test(arguments: [
    (1, "1E+00"), (0, "0E+00"), (-0.0, "-0E+00"), (60, "6E+01"), (9_218_880_000, "9.21888E+09"),
    (1.0 / 3, "3.333333333333333E-01"), (-1e-7, "-1E-07"), (1e300, "1E+300"),
    (.leastNonzeroMagnitude, "5E-324"),
    (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
  ])
  func numbersMayAlwaysHaveAnExponent(value: Double, text: String) {
    #expect(FloatText.scientific(value) == text)
  }
}
