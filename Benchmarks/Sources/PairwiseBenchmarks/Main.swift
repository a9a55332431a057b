import Pairwise

/// `swift run -c release --package-path Benchmarks PairwiseBenchmarks [products] [kernels] [tape] [steps] [model] [objectives] [reading]`
@main
enum Main {
  static func main() {
    let wanted = Set(CommandLine.arguments.dropFirst())
    func runs(_ name: String) -> Bool { wanted.isEmpty || wanted.contains(name) }
    WorkerPool.shared.setThreads(1)
    print("Products by \(Matmul.description).\n")
    if runs("products") { Products.run() }
    if runs("kernels") { Kernels.run() }
    if runs("tape") { TapeOverhead.run() }
    if runs("steps") { TrainingSteps.run() }
    if runs("model") { LanguageModelStep.run() }
    if runs("objectives") { ObjectiveSteps.run() }
    if runs("reading") { Reading.run() }
  }
}
