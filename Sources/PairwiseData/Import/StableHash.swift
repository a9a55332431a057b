/// A 128-bit fingerprint of bytes, the same on every machine and in every version.
///
/// Texts that differ by chance collide with probability about 2⁻¹²⁸ a pair; it gives no protection
/// against somebody who builds collisions, and all that would do is to misreport duplicates.
public struct StableHash: Hashable, Sendable, Comparable {
  public var high: UInt64
  public var low: UInt64

  /// The fingerprint of some bytes.
  public init(_ bytes: some Sequence<UInt8>, seed: UInt64 = 0) {
    var hasher = StableHasher(seed: seed)
    hasher.update(bytes)
    self = hasher.finish()
  }

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public static func < (a: StableHash, b: StableHash) -> Bool {
    (a.high, a.low) < (b.high, b.low)
  }
}

/// Computes a `StableHash`: two lanes of multiply-and-fold, eight bytes at a time.
package struct StableHasher {
  private var high: UInt64
  private var low: UInt64
  private var length: UInt64 = 0

  package init(seed: UInt64 = 0) {
    high = Self.fold(seed ^ 0x8EBC_6AF0_9C88_C6E3, 0x5899_65CC_7537_4CC3)
    low = Self.fold(seed ^ 0x1D8E_4E27_C47D_124F, 0xEB44_ACCA_B455_D165)
  }

  /// Takes in 64 bits.
  package mutating func update(_ word: UInt64) {
    high = Self.fold(high ^ word, 0x9FB2_1C65_1E98_DF25)
    low = Self.fold(low &+ word, 0xD6E8_FEB8_6659_FD93) ^ word
    length &+= 8
  }

  /// Takes in another fingerprint.
  mutating func update(_ hash: StableHash) {
    update(hash.high)
    update(hash.low)
  }

  /// Takes in bytes; where one call ends and the next begins makes a difference.
  mutating func update(_ bytes: some Sequence<UInt8>) {
    var word: UInt64 = 0
    var filled: UInt64 = 0
    var total: UInt64 = 0
    for byte in bytes {
      word |= UInt64(byte) << (8 * filled)
      filled += 1
      if filled == 8 {
        update(word)
        total &+= 8
        (word, filled) = (0, 0)
      }
    }
    // The count tells "a" from "a" and a zero byte, and keeps calls apart.
    update(word)
    update(total &+ filled)
  }

  /// Stirs once more, so that every input bit reaches every output bit.
  package func finish() -> StableHash {
    let a = Self.fold(high ^ length, 0xA076_1D64_78BD_642F)
    let b = Self.fold(low ^ a, 0xE703_7ED1_A0B4_28DB)
    return StableHash(
      high: Self.fold(a ^ b, 0x8EBC_6AF0_9C88_C6E3) ^ b, low: b ^ a.byteSwapped)
  }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    // Adding both factors keeps a zero from wiping out the lane.
    return product.high ^ (product.low &+ a &+ b.byteSwapped)
  }
}
