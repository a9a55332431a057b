internal import PairwiseData

/// Variants as an enumeration: what a study can be asked for, and how it is named.
protocol VariantName: CaseIterable, RawRepresentable where RawValue == String {
  var summary: String { get }
}

extension VariantName {
  static var list: [Variant] { allCases.map { Variant($0.rawValue, $0.summary) } }

  /// - Throws: `DataError` for a name that is none of them.
  static func named(_ name: String) throws(DataError) -> Self {
    guard let found = Self(rawValue: name) else {
      throw DataError(
        .invalid, file: "variants",
        "no variant '\(name)'; there are \(allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return found
  }
}
