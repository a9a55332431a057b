import Glibc
import PairwiseData
import PairwiseTensor
import Testing

/// Files of the shared folder beside the checkout; tests that need them are skipped without it.
private let fixtures = "../shared/fixtures/dense"
private let hasFixtures = unsafe access(fixtures + "/features16.h5", R_OK) == 0

@Suite("HDF5 dense fixtures", .enabled(if: hasFixtures, "no ../shared/fixtures/dense"))
struct HDF5FixtureTests {
  @Test("contiguous and compressed twins hold the same numbers")
  func twins() throws {
    let plain = try PreferenceFile(path: fixtures + "/features16.h5")
    let packed = try PreferenceFile(path: fixtures + "/features16_chunked_gzip.h5")
    #expect(plain.count == 256 && plain.featureWidth == 16)
    #expect(packed.count == 256 && packed.featureWidth == 16)
    let rows = Array(0..<256)
    let needs = PairNeeds(features: true)
    let a = try plain.read(rows, needs).features
    let b = try packed.read(rows, needs).features
    #expect(a == b)
    // Not all the same value: something was read.
    #expect(a.map { Set($0.array).count } ?? 0 > 1000)
  }

  @Test("384 features a row")
  func wide() throws {
    let file = try PreferenceFile(path: fixtures + "/features384.h5")
    #expect(file.count == 128 && file.featureWidth == 384)
    let block = try file.read([5, 3], PairNeeds(features: true))
    let features = try #require(block.features)
    // Rows of this file have unit length (its README).
    for row in 0..<4 {
      let sum = (0..<384).map { features[flat: row * 384 + $0] }.reduce(0) { $0 + $1 * $1 }
      #expect(abs(sum - 1) < 1e-4)
    }
  }
}
