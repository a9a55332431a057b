/// What a preference file says about itself.
public struct PreferenceFileInfo: Sendable {
  /// Which datasets are compressed (shuffle, gzip level 4, checksum).
  public enum Compression: Sendable {
    /// All, as the schema says.
    case all
    /// Texts and columns. Features stay as they are: a row is then read without its neighbours, which
    /// random access to files larger than memory needs, and floats hardly shrink anyway.
    case allButFeatures
    case none
  }

  /// What the rows of splits may not share.
  public enum SplitUnit: String, Sendable {
    case pair, prompt, annotator
  }

  /// The producing program, or a toy's name with its seed.
  public var generator: String
  /// Where the data comes from, and under what licence.
  public var source: String
  public var license: String
  /// When it was made, ISO 8601, UTC. Given by the caller: nothing here looks at the clock.
  public var createdUTC: String
  public var compression: Compression
  public var splitUnit: SplitUnit
  /// Sets the flag for synthetic data in every row.
  public var isSynthetic: Bool
  /// Writes features as trajectory segments (`/segments`): state, action, state, …, then −1 to the end.
  public var holdsSegments = false
  /// Digest of the file this one is derived from.
  public var parentSHA256: String?

  public init(
    generator: String, source: String, license: String, createdUTC: String,
    compression: Compression = .all, splitUnit: SplitUnit = .pair, isSynthetic: Bool = false,
    parentSHA256: String? = nil
  ) {
    self.generator = generator
    self.source = source
    self.license = license
    self.createdUTC = createdUTC
    self.compression = compression
    self.splitUnit = splitUnit
    self.isSynthetic = isSynthetic
    self.parentSHA256 = parentSHA256
  }
}
