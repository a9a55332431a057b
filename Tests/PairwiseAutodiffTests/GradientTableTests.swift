import Testing

/// The gradient-check table: one row an operation and form of input. See `OpCase` for what is checked.
enum GradientTable {
  static let elementwise: [OpCase] =
    ElementwiseCase.smooth.map { $0.opCase(step: .fixed) }
    + ElementwiseCase.singular.map { $0.opCase(step: .relative) }
}

@Suite struct GradientTableTests {
  @Test(arguments: GradientTable.elementwise) func elementwise(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.arithmetic) func arithmetic(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.numbers) func numbers(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.matmul) func matmul(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.linear) func linear(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.sparseRows) func sparseRows(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.sums) func sums(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.masked) func masked(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.softmax) func softmax(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.mixture) func mixture(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.weightedSums) func weightedSums(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.norm) func norm(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.layout) func layout(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.slices) func slices(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.concatenations) func concatenations(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.gathers) func gathers(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.dropout) func dropout(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.dense) func dense(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.rotary) func rotary(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.attention) func attention(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.tokenLogps) func tokenLogps(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.divergence) func divergence(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.paddedRuns) func paddedRuns(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.runSums) func runSums(_ row: OpCase) { row.check() }
  @Test(arguments: GradientTable.recomputing) func recomputing(_ row: OpCase) { row.check() }
}
