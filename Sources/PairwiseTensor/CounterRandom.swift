internal import CKernels
internal import Glibc

/// Random numbers as a function of (seed, stream, position): Philox 4×32-10 on a counter.
///
/// Streams with different names are independent, and position n can be reached without drawing the
/// numbers before it, which is what makes orders, starts and masks resumable.
public struct CounterRandom: Sendable {
  private let key: UInt64
  private let stream: UInt64
  private var position: UInt64

  public init(seed: UInt64, stream: UInt64, position: UInt64 = 0) {
    self.key = seed
    self.stream = stream
    self.position = position
  }

  /// A stream named by a text (its FNV-1a hash).
  public init(seed: UInt64, stream: String, position: UInt64 = 0) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    self.init(seed: seed, stream: hash, position: position)
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    unsafe withUnsafeMutableBytes(of: &words) { raw in
      if let base = unsafe raw.bindMemory(to: UInt32.self).baseAddress {
        unsafe pw_philox(base, key, position, stream)
      }
    }
    position &+= 1
    return UInt64(words.0) << 32 | UInt64(words.1)
  }

  /// Uniform in [0, 1) with 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal, by Box and Muller from two uniforms.
  public mutating func normal() -> Double {
    let (u, v) = (uniform(), uniform())
    return (-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v)
  }

  /// Uniform in 0 ..< bound without bias (rejection). Traps if `bound` is not positive.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "random: bound \(bound)")
    let range = UInt64(bound)
    let limit = UInt64.max - UInt64.max % range
    while true {
      let draw = next()
      if draw < limit { return Int(draw % range) }
    }
  }

  /// Puts the elements into a uniformly random order (Fisher and Yates). Not generic: the order of every
  /// epoch comes from here, and an unspecialised call costs ten times as much.
  public mutating func shuffle(_ elements: inout [Int32]) {
    guard elements.count > 1 else { return }
    var random = self
    var span = elements.mutableSpan
    for i in stride(from: span.count - 1, to: 0, by: -1) {
      span.swapAt(i, random.below(i + 1))
    }
    self = random
  }

  /// Puts the elements into a uniformly random order (Fisher and Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for i in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(i, below(i + 1))
    }
  }
}
