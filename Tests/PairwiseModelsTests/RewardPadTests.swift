import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

/// A new reward head needs a pad token that no text ends with.
@Suite(.enabled(if: SharedFiles.fixtures != nil, "no reference files"))
struct RewardPadTests {
  private let folder = TemporaryFolder()

  private func options(lora: Bool) throws -> CausalLMOptions {
    let option = VariantOption<CausalLMOptions>("causal_lm", "") { CausalLMOptions(from: &$0) }
    let keys =
      lora ? "{\"kind\": \"causal_lm\", \"lora\": {\"r\": 2}}" : "{\"kind\": \"causal_lm\"}"
    return try ConfigReader.readVariant(
      [option], discriminator: "kind", from: JSON.parse(Array(keys.utf8)), path: "model",
      file: "test"
    ).value
  }

  /// GPT-2 has one special token, its end: a pad is added to vocabulary and table, and comes back with the
  /// saved model.
  @Test func aNewTokenIsAddedWhereNoneIsToSpare() throws {
    let path = try #require(SharedFiles.fixtures) + "/models/gpt2"
    let blueprint = try options(lora: false).blueprint(ModelRequest(use: .scores, path: path))
    #expect(
      blueprint.remarks(DataFacts(featureWidth: nil, hasTexts: true)).first
        == "\(path) has no pad token: the reward model pads with a new token <|pad|>, so that the score is "
        + "read at the end")
    let facts = DataFacts(featureWidth: nil, hasTexts: true)
    let model = try #require(try blueprint.build(facts, seed: 0) as? LanguageRewardModel)
    let base = try PretrainedModel.open(path)
    let table = try base.weights.tensor("transformer.wte.weight")
    let count = table.shape[0]
    #expect(model.config.vocabularySize == count + 1)
    #expect(model.config.pad == Int32(count))
    let grown = model.store.value(model.transformer.embedding)
    #expect(grown.rows(0..<count) == table)
    let mean = (0..<table.shape[1]).map { column in
      (0..<count).reduce(0.0) { $0 + Double(table.array[$1 * table.shape[1] + column]) }
        / Double(count)
    }
    #expect(grown.rows(count..<count + 1).array == mean.map { Float($0) })

    try model.save(to: folder.path, SavedNotes())
    let loaded = try #require(
      try ModelDirectory.load(folder.path).model as? LanguageRewardModel)
    #expect(loaded.config.pad == model.config.pad)
    #expect(loaded.store.values == model.store.values)
    #expect(try PretrainedModel.open(folder.path).text?.pad?.text == "<|pad|>")
  }

  /// Adapters leave the table as it is, so that there is no place for a new token.
  @Test func adaptersCannotAddOne() throws {
    let path = try #require(SharedFiles.fixtures) + "/models/gpt2"
    let options = try options(lora: true)
    #expect {
      try options.blueprint(ModelRequest(use: .scores, path: path))
    } throws: { error in
      "\(error)".contains("with model.lora none can be added to the vocabulary")
    }
  }
}
