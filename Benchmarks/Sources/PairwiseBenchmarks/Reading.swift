import Glibc
import Pairwise

/// How fast dense pairs come out of a preference file, in order and scattered, plain and compressed.
enum Reading {
  private static let pairs = 50_000
  private static let width = 128

  static func run() {
    print("### Reading dense pairs (\(pairs) of 2 × \(width) features), file in the page cache\n")
    var table = Table("file", "in order", "256 scattered pairs")
    for compression in [PreferenceFileInfo.Compression.none, .all] {
      let path = "benchmark-\(getpid()).h5"
      do {
        try write(path, compression)
        let file = try PreferenceFile(path: path)
        let (ordered, scattered) = (inOrder(file), scattered(file))
        let bytes = Double(pairs * width * 8)
        table.add(
          "\(compression == .none ? "uncompressed" : "shuffle + gzip + fletcher32")",
          "\(decimals(bytes / ordered / 1e6, 0)) MB/s", "\(decimals(scattered * 1e6, 0)) µs")
      } catch {
        print("\(error)")
      }
      FileAccess.remove(path)
    }
    table.printed()
  }

  private static func write(_ path: String, _ compression: PreferenceFileInfo.Compression) throws {
    let info = PreferenceFileInfo(
      generator: "benchmark", source: "random numbers", license: "none",
      createdUTC: "2026-01-01T00:00:00Z", compression: compression, isSynthetic: true)
    let writer = try PreferenceFileWriter(creating: path, info: info, overwrite: true)
    for start in stride(from: 0, to: pairs, by: 10_000) {
      let features = Numbers.random([20_000, width], UInt64(start))
      try writer.append(block: PairBlock(rows: Array(0..<10_000), features: features))
    }
    try writer.finish()
  }

  private static func inOrder(_ file: PreferenceFile) -> Double {
    Comparison(
      .wall, samples: 5,
      ours: {
        for start in stride(from: 0, to: pairs, by: 4096) {
          let rows = Array(start..<min(pairs, start + 4096))
          _ = try? file.read(rows, PairNeeds(features: true))
        }
      }, peer: {}
    ).ours
  }

  private static func scattered(_ file: PreferenceFile) -> Double {
    var random = CounterRandom(seed: 1, stream: "reading")
    return Comparison(
      .wall, samples: 5,
      ours: {
        let rows = (0..<256).map { _ in random.below(pairs) }
        _ = try? file.read(rows, PairNeeds(features: true))
      }, peer: {}
    ).ours
  }
}
