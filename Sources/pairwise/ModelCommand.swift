import ArgumentParser
import Pairwise

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look into models and convert them.",
    subcommands: [Info.self, Convert.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a model holds.")

    @Argument(
      help:
        "A model folder (of a run or from Hugging Face), a GGUF file, or a LoRA adapter's folder.")
    var model: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let view = try ModelView(model)
      if json { return Terminal.result(json: view.node) }
      Terminal.result(view.text)
    }
  }

  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a model as a Hugging Face folder in Float32, dequantised if need be.")

    @Argument(help: "A GGUF file, or a Hugging Face folder.")
    var input: String

    @Argument(help: "The folder to create.")
    var output: String

    func run() throws {
      let model = try PretrainedModel.open(input)
      try HuggingFaceFolder.create(output, from: model)
      Terminal.note("wrote \(output)")
    }
  }
}
