import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Import, look into, check, filter, explain and synthesise preference data.",
    subcommands: [
      DataImportCommand.self, DataInspectCommand.self, DataValidateCommand.self,
      DataSynthesizeCommand.self, DataFilterCommand.self, DataAnalyzeCommand.self,
    ])
}
