/// SplitMix64: one 64-bit word of state, so that every bootstrap replicate gets a generator of its
/// own, made from the seed and the replicate's number.
///
/// - Source: methods reference, §0.4.
package struct BootstrapGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// The generator of replicate `index`: its draws do not depend on any other replicate.
  package init(seed: UInt64, replicate index: Int) {
    var mixer = BootstrapGenerator(seed: seed)
    let key = mixer.next()
    state = key &+ UInt64(truncatingIfNeeded: index) &* 0xD1B5_4A32_D192_ED03
    state = next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0 ..< 1 with 53 random bits.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// An index in 0 ..< `count`; its bias, below count · 2⁻⁶⁴, is immaterial.
  package mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }
}
