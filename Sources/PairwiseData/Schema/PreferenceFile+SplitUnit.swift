extension PreferenceFile {
  /// What the rows of the splits do not share.
  public var splitUnit: PreferenceFileInfo.SplitUnit {
    guard case .text(let bytes)? = file.catalogue.attribute("unit", of: layout.splitGroup) else {
      return .pair
    }
    return PreferenceFileInfo.SplitUnit(rawValue: String(decoding: bytes, as: UTF8.self)) ?? .pair
  }
}
