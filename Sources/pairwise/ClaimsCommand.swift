import ArgumentParser
import Pairwise

struct ClaimsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claims",
    abstract: "Hold what papers say against what is measured, and write one page about it.",
    discussion: """
      Each config is a comparison with a section 'claim'. A claim is reproduced if all that it expects was measured, \
      with intervals over the seeds; not, if nothing of it was. Runs that are known are not made again. Leaves \
      claims.html and claims.json beside the results of every comparison.
      """)

  @Argument(help: "Config files with claims (YAML).")
  var files: [String]

  @Option(help: "Folder for results and the page.")
  var output = "Checkpoints/claims"

  @Flag(help: "Print the findings as JSON.")
  var json = false

  func run() throws {
    let claims = try ClaimRuns(files, output: output)
    StopSignal.listen()
    TensorMemory.keepFreedBlocks()
    let view = CompareView()
    var number = 0
    let entries = try claims.run(
      begin: { file, name in
        number += 1
        Terminal.note("\(number)/\(claims.count) \(name)  \(file)")
      }, notify: view.show,
      finish: { entry in
        view.end()
        Terminal.note("  \(entry.finding.verdict.rawValue) in \(Terminal.duration(entry.seconds))")
      })
    let page = ClaimsPage(entries, output: output)
    try page.write()
    if json { return Terminal.result(json: page.node) }
    Terminal.result(Self.table(entries))
    Terminal.result("page  \(output)/claims.html")
  }

  private static func table(_ entries: [ClaimRuns.Entry]) -> String {
    let rows = entries.map { entry in
      let held = entry.finding.measured.count { $0.outcome == .holds }
      return [
        entry.plan.config.name, entry.finding.verdict.rawValue,
        "\(held) of \(entry.finding.measured.count)", Terminal.cut(entry.finding.claim.paper, 60),
      ]
    }
    return Terminal.table(["claim", "verdict", "holds", "paper"], rows, left: [0, 1, 2, 3])
  }
}
