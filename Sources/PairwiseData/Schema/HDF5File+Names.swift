import PairwiseConfig

extension HDF5File {
  /// A root attribute that is a JSON list of texts; empty if there is none.
  func names(_ attribute: String) throws(DataError) -> [String] {
    guard let value = catalogue.attribute(attribute) else { return [] }
    let place = "root attribute \(attribute)"
    guard case .text(let bytes) = value else {
      throw DataError(.invalid, file: path, place: place, "expected a JSON list of texts")
    }
    let document: ConfigNode
    do {
      document = try JSON.parse(bytes)
    } catch {
      throw DataError(.invalid, file: path, place: place, error.description)
    }
    guard case .list(let items) = document.value else {
      throw DataError(.invalid, file: path, place: place, "expected a JSON list of texts")
    }
    var names: [String] = []
    for item in items {
      guard case .string(let name) = item.value else {
        throw DataError(
          .invalid, file: path, place: place, "expected a JSON list of texts, found \(item.kind)")
      }
      names.append(name)
    }
    return names
  }
}
