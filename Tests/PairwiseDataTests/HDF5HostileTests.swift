import CHDF5
import Glibc
import PairwiseData
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite("HDF5: files nobody vouches for")
struct HDF5HostileTests {
  let folder = TemporaryFolder()

  @Test("each is refused with its sentence", arguments: HDF5Corpus.cases.map(\.name))
  func refused(_ name: String) throws {
    let hostile = try #require(HDF5Corpus.cases.first { $0.name == name })
    let path = folder.file("hostile.h5")
    try hostile.write(path)
    let error = #expect(throws: DataError.self) { try PreferenceFile(path: path) }
    #expect(error?.kind == .invalid && error?.file == path)
    #expect(error?.message == hostile.message)
    if let place = hostile.place { #expect(error?.place == place) }
  }

  @Test("what is no HDF5 file")
  func noHDF5() throws {
    let missing = #expect(throws: DataError.self) {
      try PreferenceFile(path: folder.file("none.h5"))
    }
    #expect(missing == DataError(.missing, file: folder.file("none.h5"), "no such file"))
    let directory = #expect(throws: DataError.self) { try PreferenceFile(path: folder.path) }
    #expect(directory?.kind == .invalid)
    #expect(directory?.message == "expected an HDF5 file, found a folder or a device")
    for (name, bytes) in [("empty", []), ("text", Array("{}".utf8))] as [(String, [UInt8])] {
      try FileAccess.write(bytes, to: folder.file(name))
      let error = #expect(throws: DataError.self) { try PreferenceFile(path: folder.file(name)) }
      #expect(error?.kind == .invalid)
      #expect(error?.message == "not an HDF5 file, or damaged at its start")
    }
  }

  @Test("a huge shape costs no memory")
  func boundedMemory() throws {
    let before = residentKilobytes()
    for name in ["huge contiguous shape without storage", "huge chunked shape without chunks"] {
      let hostile = try #require(HDF5Corpus.cases.first { $0.name == name })
      try hostile.write(folder.file("huge.h5"))
      #expect(throws: DataError.self) { try PreferenceFile(path: folder.file("huge.h5")) }
    }
    // Both declare more than 2^52 bytes. Other tests run beside this one; their files are small.
    #expect(residentKilobytes() - before < 64 << 10)
  }

  /// Any damage: an error, or a file that reads without one; never a crash, a trap or a hang.
  private func survive(_ path: String) {
    do throws(DataError) {
      let file = try PreferenceFile(path: path)
      let needs = PairNeeds(
        features: true, texts: true, columns: PairColumn.builtIn.union(file.columns),
        textColumns: file.textColumns, allowsUnlabelled: true)
      _ = try file.read(Array(0..<min(file.count, 4096)), needs)
      _ = try file.records(Array(0..<min(file.count, 100)))
      _ = try file.process()
    } catch {
      #expect(error.file == path)
      #expect(error.kind == .invalid || error.kind == .inputOutput)
    }
  }

  /// A small file of the schema, one of the oldest format, and one with chunks and filters.
  private func samples() throws -> [[UInt8]] {
    let schema = folder.file("schema.h5")
    let writer = try PreferenceFileWriter(creating: schema, info: .test())
    for row in 0..<40 { try writer.append(fullRecord(row)) }
    try writer.finish()
    let plain = folder.file("plain.h5")
    let packed = folder.file("packed.h5")
    try HDF5Corpus.file(plain) { file in
      try HDF5Corpus.dense(file, "chosen")
      try HDF5Corpus.dense(file, "rejected")
    }
    try HDF5Corpus.file(packed) { file in
      let chunks = try HDF5Corpus.chunks([3, 7])
      try hdf5Check(H5Pset_shuffle(chunks.id))
      try hdf5Check(H5Pset_deflate(chunks.id, 6))
      for name in ["chosen", "rejected"] {
        try HDF5Corpus.numbers(
          file, name, pw_h5t_ieee_f32le(), [8, 16], (0..<128).map { Double($0) },
          creation: chunks.id)
      }
    }
    let slates = folder.file("slates.h5")
    try SlateFileTests.write(slates, folder)
    let segments = folder.file("segments.h5")
    try SegmentFileTests.write(segments)
    return try [schema, plain, packed, slates, segments].map { path throws(DataError) in
      try FileAccess.read(path, limit: 1 << 20)
    }
  }

  @Test("flipped bits")
  func flippedBits() throws {
    var random = SeededNumbers(7)
    let path = folder.file("flipped.h5")
    for original in try samples() {
      try FileAccess.write(original, to: path)
      survive(path)
      for _ in 0..<200 {
        var bytes = original
        let at = Int.random(in: 0..<bytes.count, using: &random)
        bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        try writeQuickly(bytes, path)
        survive(path)
      }
    }
  }

  @Test("what crashes libhdf5 1.10.8 becomes one sentence")
  func knownCrashes() throws {
    let path = folder.file("crash.h5")
    try SchemaSample().write(path)
    let original = try FileAccess.read(path, limit: 1 << 20)
    // The attribute `format`: after its name, type and space come the length of the text (24), the
    // address of the global heap (8 bytes) and an index in it. The library does not check an index
    // past the end: SIGSEGV.
    let name = try #require(
      original.indices.first { original[$0...].starts(with: Array("format\0\0".utf8)) })
    let length = try #require(
      (name..<(name + 96)).first {
        original[$0...].starts(with: [24, 0, 0, 0])
          && original[($0 + 13)...].starts(with: [0, 0, 0])
      })
    var bytes = original
    bytes[length + 15] = 0x7F
    try writeQuickly(bytes, path)
    let error = #expect(throws: DataError.self) { try PreferenceFile(path: path) }
    #expect(error?.kind == .invalid)
    // The second is what a version of the library that checks would lead to.
    #expect(["damaged HDF5 file", "damaged value"].contains(error?.message))
  }

  @Test("truncation anywhere")
  func truncated() throws {
    let path = folder.file("short.h5")
    for original in try samples() {
      for count in stride(from: 0, to: original.count, by: max(1, original.count / 60)) {
        try writeQuickly(Array(original[..<count]), path)
        #expect(throws: DataError.self) { try PreferenceFile(path: path) }
      }
    }
  }

  @Test("damage in compressed data is seen and named")
  func damagedChunk() throws {
    var original = try samples()[0]
    let path = folder.file("damaged.h5")
    try FileAccess.write(original, to: path)
    let file = try PreferenceFile(path: path)
    let paths = file.summary.datasets.filter { $0.filters.contains("fletcher32") }.map(\.path)
    #expect(paths.isEmpty)  // 40 rows: everything is below 4 KiB
    let writer = try PreferenceFileWriter(creating: path, info: .test(), overwrite: true)
    for row in 0..<3000 { try writer.append(fullRecord(row)) }
    try writer.finish()
    original = try FileAccess.read(path, limit: 1 << 24)
    var named = 0
    var random = SeededNumbers(3)
    for _ in 0..<60 {
      var bytes = original
      let at = Int.random(in: 0..<bytes.count, using: &random)
      bytes[at] ^= 0x10
      try writeQuickly(bytes, path)
      do throws(DataError) {
        let file = try PreferenceFile(path: path)
        _ = try file.records(Array(0..<3000))
      } catch {
        if error.message.hasPrefix("damaged values") { named += 1 }
      }
    }
    #expect(named > 20)
  }

  private func writeQuickly(_ bytes: [UInt8], _ path: String) throws {
    let file = try unsafe #require(fopen(path, "w"))
    let written = unsafe fwrite(bytes, 1, bytes.count, file)
    let closed = unsafe fclose(file)
    #expect(closed == 0 && written == bytes.count)
  }

  private func residentKilobytes() -> Int {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }
}
