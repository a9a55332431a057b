internal import PairwiseConfig

extension Synthesizer {
  /// Draws a dataset into a new preference file, with its splits and the attribute `truth`.
  ///
  /// - Throws: on options out of range and as the writer. Nothing is left behind then.
  public static func write(
    _ options: SynthesisOptions, to path: String, info: PreferenceFileInfo,
    overwrite: Bool = false
  ) throws(DataError) -> Result {
    try options.check()
    var info = info
    info.isSynthetic = true
    var writer = try PreferenceFileWriter(creating: path, info: info, overwrite: overwrite)
    let result = try run(options, into: &writer)
    for split in result.splits { try writer.setSplit(split.name, rows: .range(split.rows)) }
    try writer.setAttribute("truth", JSONWriter.text(result.truth))
    try writer.finish()
    return result
  }
}
