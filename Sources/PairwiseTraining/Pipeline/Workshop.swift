internal import PairwiseData
internal import PairwiseTensor

/// What a stage works with: where things are and where they go.
public struct Workshop {
  /// Where this stage's products go.
  public let folder: String
  /// The pipeline's config file's folder.
  public let configFolder: String
  /// Start of the stage's random numbers: of the pipeline's seed, the stage's name and the round.
  public let seed: UInt64
  /// Whether an earlier attempt at the very same work may be gone on with.
  let mayResume: Bool
  /// Products so far, by name.
  let products: [String: String]
  let notify: (Pipeline.Event) -> Void

  init(
    folder: String, configFolder: String, stream: String, seed: Int, mayResume: Bool,
    products: [String: String], notify: @escaping (Pipeline.Event) -> Void
  ) {
    (self.folder, self.configFolder, self.mayResume) = (folder, configFolder, mayResume)
    (self.products, self.notify) = (products, notify)
    var random = CounterRandom(seed: UInt64(seed), stream: "pipeline.\(stream)")
    self.seed = random.next()
  }

  /// Where `$name` or a path of the config leads.
  public func path(_ text: String) -> String { locator(text) }

  /// The same as a function to hand on.
  var locator: @Sendable (String) -> String {
    let (products, configFolder) = (products, configFolder)
    return { text in
      guard text.hasPrefix("$") else { return locate(text, from: configFolder) }
      return products[String(text.dropFirst())] ?? text
    }
  }

  /// A file for a product.
  func file(_ name: String) -> String { "\(folder)/\(name).jsonl" }

  /// A folder for a product, which takes the old one's place once all is written.
  func writingFolder(_ name: String, _ write: (String) throws -> Void) throws -> String {
    let (whole, fresh) = ("\(folder)/\(name)", "\(folder)/.tmp-\(name)")
    FileAccess.remove(fresh)
    try FileAccess.createFolder(fresh)
    try write(fresh)
    FileAccess.remove(whole)
    try FileAccess.rename(fresh, to: whole)
    return whole
  }
}
