import PairwiseTraining
import Testing

struct ReportMarkupTests {
  @Test func interpolatedTextIsEscaped() {
    let outside = "<script>alert('x & \"y\"')</script>"
    let markup: Markup = "<p title=\"\(outside)\">\(outside)</p>"
    let safe = "&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;"
    #expect(markup.text == "<p title=\"\(safe)\">\(safe)</p>")
  }

  @Test func interpolatedMarkupStays() {
    let inner: Markup = "<b>\("<")</b>"
    let outer: Markup = "<p>\(inner)\([inner, inner])\(3)\(1.005)\(-0.25)</p>"
    #expect(outer.text == "<p><b>&lt;</b><b>&lt;</b><b>&lt;</b>31-0.25</p>")
  }

  @Test func whatCannotBeSeenShows() {
    let markup: Markup = "\("a\u{0}b\u{202E}c\u{7}d\r\ne\u{2066}")"
    #expect(markup.text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\ne\u{FFFD}")
  }

  @Test(arguments: [
    (0.0, "0"), (1.5, "1.5"), (-0.004, "0"), (12.345, "12.35"), (-12.05, "-12.05"), (100, "100"),
    (.nan, "0"), (.infinity, "0"), (1e300, "0"),
  ])
  func coordinates(value: Double, expected: String) {
    let markup: Markup = "\(value)"
    #expect(markup.text == expected)
  }

  @Test func longTextsAreCut() {
    #expect(HTMLText.shortened("abc", to: 3) == "abc")
    #expect(HTMLText.shortened("ab cd", to: 3) == "ab…")
    #expect(HTMLText.shortenedToEnd("abc", to: 3) == "abc")
    #expect(HTMLText.shortenedToEnd("ab cd", to: 3) == "…cd")
    #expect(HTMLText.condensed(" a\n\n \r\n b \n") == "a\nb")
    #expect(HTMLText.condensed(" \n ").isEmpty)
  }
}

struct ReportNumberTests {
  @Test(arguments: [
    (0.0, 2, "0.00"), (-0.001, 2, "0.00"), (-1.5, 1, "−1.5"), (1234.5, 0, "1235"),
    (12_345.678, 1, "12\u{202F}345.7"), (.nan, 1, "not a number"), (-.infinity, 1, "−∞"),
    (0.05, 1, "0.1"), (1e25, 1, "1×10²⁵"),
  ])
  func fixed(value: Double, decimals: Int, expected: String) {
    #expect(NumberText.fixed(value, decimals) == expected)
  }

  @Test(arguments: [
    (0.0, "0"), (0.012345, "0.0123"), (4.567, "4.57"), (9.996, "10.0"), (123_456, "123\u{202F}456"),
    (2.5e-5, "2.5×10⁻⁵"), (0.00012, "0.000120"), (-1e-300, "−1×10⁻³⁰⁰"), (.nan, "not a number"),
  ])
  func significant(value: Double, expected: String) {
    #expect(NumberText.significant(value) == expected)
  }

  @Test func units() {
    #expect(NumberText.percent(0.6432) == "64.3\u{A0}%")
    #expect(NumberText.figure(211) == "211")
    #expect(NumberText.figure(0.60664) == "0.6066")
    #expect(NumberText.figure(.nan) == "not a number")
    #expect(NumberText.count(-1_234_567) == "−1\u{202F}234\u{202F}567")
    #expect(
      NumberText.count(.min)
        == "−9\u{202F}223\u{202F}372\u{202F}036\u{202F}854\u{202F}775\u{202F}808")
    #expect(NumberText.duration(0.52) == "0.52\u{A0}s")
    #expect(NumberText.duration(59.4) == "59\u{A0}s")
    #expect(NumberText.duration(125) == "2\u{A0}min 05\u{A0}s")
    #expect(NumberText.duration(4380) == "1\u{A0}h 13\u{A0}min")
    #expect(NumberText.duration(-1) == "unknown time")
    #expect(NumberText.bytes(312e6) == "312\u{A0}MB")
    #expect(NumberText.compact(12_500) == "12.5k")
    #expect(NumberText.compact(3e6) == "3M")
  }

  @Test func ticksShareTheirDecimals() {
    #expect([0, 0.05, 0.1].map { NumberText.tick($0, step: 0.05) } == ["0", "0.05", "0.10"])
    #expect(NumberText.tick(0.65, step: 0.05, percent: true) == "65\u{A0}%")
    #expect(NumberText.tick(20_000, step: 5000) == "20k")
    #expect(NumberText.tick(2e-5, step: 1e-5) == "2×10⁻⁵")
  }
}

struct ReportAxisTests {
  @Test(arguments: [(0.0, 1.0), (-3.2, 11.7), (0.6421, 0.6519), (1e-7, 3e-6), (0, 1.5e9), (-5, -5)])
  func ticksAreRoundAndInside(low: Double, high: Double) {
    let axis = Axis(low, high, from: 200, to: 0, ticks: 5)
    #expect((2...12).contains(axis.ticks.count), "\(axis.ticks)")
    for tick in axis.ticks {
      #expect(tick >= axis.low - axis.step * 1e-6 && tick <= axis.high + axis.step * 1e-6)
      let multiple = tick / axis.step
      #expect(abs(multiple - multiple.rounded()) < 1e-6)
    }
    let mantissas = [1.0, 2, 5].flatMap { m in (-12...12).map { m * power($0) } }
    #expect(mantissas.contains { abs($0 - axis.step) < 1e-9 * axis.step })
  }

  private func power(_ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1.0) { value, _ in exponent < 0 ? value / 10 : value * 10 }
  }

  @Test func endsMapToEnds() {
    let axis = Axis(2, 4, from: 100, to: 0, ticks: 4)
    #expect(axis.position(2) == 100)
    #expect(axis.position(3) == 50)
    #expect(axis.position(4) == 0)
    #expect(axis.position(1e300) < 0 && axis.position(1e300) > -10)
  }

  @Test(arguments: [
    (Double.nan, 1.0), (0, .infinity), (3, 2),
    (-.greatestFiniteMagnitude, .greatestFiniteMagnitude),
    (1e17, 1e17 + 16), (.leastNonzeroMagnitude, .leastNonzeroMagnitude),
    (0, .leastNonzeroMagnitude),
  ])
  func nothingBreaksIt(low: Double, high: Double) {
    let axis = Axis(low, high, from: 0, to: 100, ticks: 5)
    #expect(axis.low < axis.high)
    #expect(axis.ticks.count <= 100)
    #expect(axis.position(0).isFinite)
  }
}
