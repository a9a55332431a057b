internal import PairwiseConfig
public import PairwiseData
public import PairwiseTensor

/// Weights spread over several safetensors files, as `model.safetensors.index.json` tells.
///
/// All headers are checked when it is opened: a file that is missing or damaged, a tensor that lies in two
/// files, one that the index names and its file lacks, or the reverse, is an error.
public struct ShardedSafeTensors: WeightSource {
  /// The index.
  public let path: String
  public let names: [String]
  let files: [SafeTensorsFile]
  private let places: [String: Int]

  /// Opens an index and the files it names, which lie beside it.
  public init(_ path: String) throws(DataError) {
    self.path = path
    let map = try ShardedSafeTensors.map(path)
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    var files: [SafeTensorsFile] = []
    var places: [String: Int] = [:]
    var names: [String] = []
    for shard in Set(map.values).sorted() {
      let file = try SafeTensorsFile(folder.isEmpty ? shard : folder + "/" + shard)
      for name in file.names {
        if let other = places.updateValue(files.count, forKey: name) {
          throw DataError(
            .invalid, file: path,
            "tensor '\(name)' lies in two files, \(files[other].path) and "
              + file.path)
        }
        guard let listed = map[name] else {
          throw DataError(
            .invalid, file: path, "tensor '\(name)' of \(file.path) is not in the index")
        }
        guard listed == shard else {
          throw DataError(
            .invalid, file: path, "tensor '\(name)' should lie in \(listed), found it in \(shard)")
        }
      }
      names += file.names
      files.append(file)
    }
    for name in map.keys.sorted() where places[name] == nil {
      throw DataError(
        .invalid, file: path, "tensor '\(name)' is in the index, and not in \(map[name] ?? "")")
    }
    self.names = names
    self.files = files
    self.places = places
  }

  public func shape(of name: String) -> [Int]? {
    places[name].flatMap { files[$0].shape(of: name) }
  }

  public func encoding(of name: String) -> TensorEncoding? {
    places[name].flatMap { files[$0].encoding(of: name) }
  }

  public func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let place = places[name] else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    return try files[place].tensor(name)
  }

  /// Which file each tensor lies in.
  private static func map(_ path: String) throws(DataError) -> [String: String] {
    let document = try JSONFile.read(path, limit: 64 << 20)
    guard case .table(let entries)? = document["weight_map"]?.value, !entries.isEmpty else {
      throw DataError(.invalid, file: path, "expected a weight_map of tensors and files")
    }
    var result: [String: String] = [:]
    for entry in entries {
      // A name alone: an index must not reach outside its folder.
      guard case .string(let file) = entry.value.value, file.hasSuffix(".safetensors"),
        !file.contains("/")
      else {
        throw DataError(
          .invalid, file: path, place: "line \(entry.place.line)",
          "tensor '\(entry.key)': expected the name of a safetensors file beside the index")
      }
      result[entry.key] = file
    }
    return result
  }
}
