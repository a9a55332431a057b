import PairwiseTensor
import Testing

/// Check values: methods page "Toy random generator", computed in double precision and printed to ten
/// digits, hence the tolerance of half a unit in the tenth digit.
@Suite struct ToyRandomTests {
  private static let tenDigits = 0.5e-10

  @Test func firstOutputsOfSeedZero() {
    var rng = SplitMix64(seed: 0)
    let outputs = (0..<3).map { _ in rng.next() }
    #expect(outputs == [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F])
  }

  @Test func uniformsOfSeed42() {
    var rng = SplitMix64(seed: 42)
    for expected in [0.7415648788, 0.1599103929, 0.2786011303] {
      let drawn = rng.uniform()
      #expect(abs(drawn - expected) <= Self.tenDigits)
    }
  }

  @Test func normalsOfSeed42() {
    var rng = SplitMix64(seed: 42)
    for expected in [0.8822489062, -0.4508498757, 0.1883526341] {
      let drawn = rng.normal()
      #expect(abs(drawn - expected) <= Self.tenDigits)
    }
  }

  @Test func normalTakesTwoDrawsAndTheOthersOne() {
    var rng = SplitMix64(seed: 7)
    _ = rng.normal()
    #expect(rng == SplitMix64(seed: 7).advanced(by: 2))
    _ = rng.bernoulli(0.5)
    _ = rng.randint(20)
    _ = rng.uniform()
    #expect(rng == SplitMix64(seed: 7).advanced(by: 5))
  }

  @Test func advancingEqualsDrawing() {
    var drawn = SplitMix64(seed: 3)
    for _ in 0..<1000 { _ = drawn.next() }
    var jumped = SplitMix64(seed: 3).advanced(by: 1000)
    let (after, expected) = (jumped.next(), drawn.next())
    #expect(after == expected)
  }

  @Test func bernoulliRespectsItsEnds() {
    var rng = SplitMix64(seed: 1)
    for _ in 0..<1000 {
      let (never, always) = (rng.bernoulli(0), rng.bernoulli(1))
      #expect(!never && always)
    }
  }

  @Test func randintStaysInRangeAndReachesBothEnds() {
    var rng = SplitMix64(seed: 5)
    var seen: Set<Int> = []
    for _ in 0..<1000 { seen.insert(rng.randint(20)) }
    #expect(seen == Set(0..<20))
  }

  /// 10⁶ draws: the mean's standard error is 10⁻³ and the variance's 1.4·10⁻³, so 5 of those.
  @Test func momentsOfTheNormal() {
    var rng = SplitMix64(seed: 11)
    var sum = 0.0
    var squares = 0.0
    let count = 1_000_000
    for _ in 0..<count {
      let x = rng.normal()
      sum += x
      squares += x * x
    }
    #expect(abs(sum / Double(count)) < 5e-3)
    #expect(abs(squares / Double(count) - 1) < 7e-3)
  }
}
