internal import PairwiseConfig
public import PairwiseData
internal import SystemPackage

/// Several runs side by side: what came out of each, and where their configs differ.
public struct RunsBeside: Sendable, Equatable {
  let names: [String]
  let figures: [[RunReportInput.Figure]]
  let differences: ConfigDifference

  /// - Parameter folders: of runs; one whose config cannot be read counts as one without keys.
  /// - Throws: `DataError` when one is no folder of a run.
  public init(_ folders: [RunFolder]) throws(DataError) {
    var inputs: [RunReportInput] = []
    for folder in folders { inputs.append(try RunReportInput(folder: FilePath(folder.path))) }
    names = Self.distinct(zip(inputs, folders).map { ($0.name, $1.path) })
    figures = inputs.map(\.figures)
    let configs = zip(names, inputs).map { name, input in
      let document = input.configText.flatMap {
        try? ConfigFile.parse(Array($0.utf8), file: "config.yaml")
      }
      return (name: name, config: document ?? ConfigNode(.table([])))
    }
    differences = ConfigDifference(configs, ignoring: ["run.name", "run.output", "run.threads"])
  }

  /// Names of the folders, or their whole paths where two have the same.
  private static func distinct(_ runs: [(name: String, path: String)]) -> [String] {
    Set(runs.map(\.name)).count == runs.count ? runs.map(\.name) : runs.map(\.path)
  }

  /// Figures that every run has, and differences of configs.
  var content: Markup {
    figureTable
      + (differences.rows.isEmpty
        ? "<p class=\"note\">Their configs are the same.</p>\n"
        : differences.table(caption: "Where their configs differ, defaults filled in"))
  }

  private var figureTable: Markup {
    let common = (figures.first ?? []).filter { figure in
      figures.allSatisfy { $0.contains { $0.name == figure.name } }
    }
    guard !common.isEmpty else { return "" }
    let rows = common.map { figure -> Markup in
      let cells = figures.map { run -> Markup in
        let value = run.first { $0.name == figure.name }?.value
        return "<td>\(value.map { NumberText.figure($0) } ?? "–")</td>"
      }
      return "<tr><th scope=\"row\">\(figure.name)</th>\(cells)</tr>\n"
    }
    return ReportPart.table(
      caption: "What came out on each run's held-out pairs",
      head: ["Figure"] + names.map { HTMLText.shortened($0, to: 60) }, words: ["Figure"], rows: rows
    )
  }
}
