/// The hash behind `TextHasher`: FNV-1a over bytes with a multiplying finaliser, all in wrapping
/// 64-bit arithmetic, so that any language can reproduce it.
///
/// ```
/// start(kind) = splitMix(seed + (kind + 1) · 0x9E3779B97F4A7C15)      SplitMix64's output kind + 1
/// step(h, b)  = (h xor b) · 0x100000001B3                        one byte (FNV-1a)
/// finish(h)   = g = (h xor h >> 32) · 0xD6E8FEB86659FD93;  g xor g >> 32
/// splitMix(z) = z = (z xor z >> 30) · 0xBF58476D1CE4E5B9
///               z = (z xor z >> 27) · 0x94D049BB133111EB;  z xor z >> 31
/// bucket      = finish >> (64 − bucketBits),  sign − if the lowest bit of finish is set
/// ```
package enum ByteHash {
  /// What a hashed thing is; equal bytes of different kinds get unrelated buckets. The numbers are
  /// part of saved models.
  package enum Kind: UInt64, Sendable {
    case word = 0
    case completionCharacters = 1
    case completionWords = 2
    case completionPairs = 3
    case promptCharacters = 4
    case promptWords = 5
    case promptPairs = 6
    case cross = 7
  }

  @inline(__always)
  package static func start(_ kind: Kind, seed: UInt64) -> UInt64 {
    var z = seed &+ (kind.rawValue &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z &>> 31)
  }

  @inline(__always)
  package static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x100_0000_01B3
  }

  @inline(__always)
  package static func finish(_ hash: UInt64) -> UInt64 {
    let g = (hash ^ (hash &>> 32)) &* 0xD6E8_FEB8_6659_FD93
    return g ^ (g &>> 32)
  }

  /// The finished hash of a run of bytes.
  package static func hash(_ bytes: some Sequence<UInt8>, _ kind: Kind, seed: UInt64) -> UInt64 {
    finish(bytes.reduce(start(kind, seed: seed), step))
  }

  /// The finished hash of a run of words, given each word's own hash of kind `.word`.
  package static func hash(words: some Sequence<UInt64>, _ kind: Kind, seed: UInt64) -> UInt64 {
    words.reduce(start(kind, seed: seed)) { finish($0 ^ $1) }
  }
}
