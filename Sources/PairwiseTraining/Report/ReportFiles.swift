package import PairwiseConfig
internal import PairwiseData
package import SystemPackage

/// Reads the files of a run's folder for its report; what cannot be read becomes a remark.
package struct ReportFiles {
  let path: FilePath
  /// A sentence for each file that was there and could not be used.
  package private(set) var remarks: [String] = []

  /// More of a file than this is not read: a report is for people.
  private static let limit = 256 << 20

  package init(_ path: FilePath) { self.path = path }

  /// The bytes of the first of `names` that is there; nil when none is.
  package mutating func bytes(_ names: String...) -> [UInt8]? {
    for name in names {
      do {
        return try Self.read(path.pushing(FilePath(name)), limit: Self.limit)
      } catch Errno.noSuchFileOrDirectory {
        continue
      } catch let error as Errno {
        remarks.append("\(name) could not be read: \(error).")
      } catch {
        remarks.append("\(name) could not be read.")
      }
    }
    return nil
  }

  /// The JSON document of the first of `names` that is there.
  package mutating func json(_ names: String...) -> ConfigNode? {
    for name in names {
      guard let bytes = bytes(name) else { continue }
      do throws(JSONError) {
        return try JSON.parse(bytes)
      } catch {
        remarks.append("\(name) could not be read: \(error).")
      }
    }
    return nil
  }

  /// The objects of a JSON Lines file, one at a time. A torn last line, which a killed run may leave, is
  /// skipped; so is any other line that is no object, with a remark.
  mutating func lines(of name: String, _ body: (ConfigNode) -> Void) -> Bool {
    guard let bytes = bytes(name) else { return false }
    var bad: (count: Int, first: String)?
    var start = bytes.startIndex
    var number = 1
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      let line = bytes[start..<end]
      if !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
        do throws(JSONError) {
          body(try JSON.parse(line, line: number))
        } catch {
          if end < bytes.endIndex { bad = ((bad?.count ?? 0) + 1, bad?.first ?? "\(error)") }
        }
      }
      start = end < bytes.endIndex ? end + 1 : end
      number += 1
    }
    if let bad {
      let lines = bad.count == 1 ? "1 line" : "\(bad.count) lines"
      remarks.append("\(name): \(lines) could not be read and were left out; \(bad.first).")
    }
    return true
  }

  /// Up to `limit` bytes of a file.
  private static func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
    return try file.closeAfter {
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 1 << 20)
      while bytes.count < limit {
        let count = try unsafe chunk.withUnsafeMutableBytes { buffer in
          try unsafe file.read(into: buffer)
        }
        if count == 0 { break }
        bytes.append(contentsOf: chunk[..<min(count, limit - bytes.count)])
      }
      return bytes
    }
  }
}

extension ConfigNode {
  /// The number, if this is one and it is finite.
  var finiteNumber: Double? {
    switch value {
    case .int(let value): Double(value)
    case .number(let value) where value.isFinite: value
    default: nil
    }
  }

  var wholeNumber: Int? {
    switch value {
    case .int(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  var text: String? {
    if case .string(let value) = value { value } else { nil }
  }

  var items: [ConfigNode] {
    if case .list(let values) = value { values } else { [] }
  }

  var entries: [Entry] {
    if case .table(let entries) = value { entries } else { [] }
  }

  /// Both ends, if this is a list of two numbers in order.
  var numberPair: (low: Double, high: Double)? {
    let items = items
    guard items.count == 2, let low = items[0].finiteNumber, let high = items[1].finiteNumber,
      low <= high
    else { return nil }
    return (low, high)
  }
}
