import PairwiseAutodiff
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import Testing

struct ModelDirectoryTests {
  private let folder = TemporaryFolder()

  private func save(_ model: any RewardModel, temperature: Double? = nil) throws -> String {
    try ModelDirectory.save(model, temperature: temperature, to: folder.path)
    return folder.path
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "accepted"
    } catch let error as DataError {
      return error.message
    } catch {
      return "\(error)"
    }
  }

  /// What is loaded scores as what was saved, to the bit.
  @Test func featureModelsSurvive() throws {
    let options = FeatureModelOptions(hiddenSizes: [5, 3], activation: .silu, dropout: 0.25)
    let model = FeatureModel(inputSize: 4, options: options, seed: 9)
    let loaded = try ModelDirectory.load(try save(model, temperature: 1.75))
    let copy = try #require(loaded.model as? FeatureModel)
    #expect(copy.store.values == model.store.values)
    #expect(copy.store.parameters == model.store.parameters)
    #expect(copy.options.activation == .silu && copy.options.hiddenSizes == [5, 3])
    #expect(copy.options.dropout == 0.25 && copy.inputSize == 4)
    #expect(loaded.temperature == 1.75)
  }

  /// Every hashing option changes rows, so every one has to come back.
  @Test func textModelsSurvive() throws {
    var hashing = TextHashOptions()
    hashing.seed = 5
    hashing.bucketBits = 10
    hashing.isSigned = true
    hashing.lowercasesASCII = false
    hashing.characterGramMinimum = 2
    hashing.characterGramMaximum = 4
    hashing.characterWeight = 0.5
    hashing.wordGramMaximum = 2
    hashing.wordWeight = 0.75
    hashing.wordPairWindow = 2
    hashing.wordPairWeight = 0.125
    hashing.promptWeight = 0.25
    hashing.crossWords = 3
    hashing.crossWeight = 0.4
    hashing.countTransform = .squareRoot
    hashing.normalizesKinds = false
    hashing.extrasWeight = 0.3
    let model = TextHashModel(options: .init(hashing: hashing, hiddenSizes: [3]), seed: 2)
    let loaded = try ModelDirectory.load(try save(model))
    let copy = try #require(loaded.model as? TextHashModel)
    #expect(copy.options.hashing == hashing)
    #expect(copy.store.values == model.store.values)
    #expect(loaded.temperature == 1)
  }

  @Test func damageIsNamed() throws {
    let path = try save(FeatureModel(inputSize: 3))
    let weights = path + "/model.safetensors"
    try SafeTensorsFile.write([("weight", Tensor([1, 2], [1, 2]))], to: weights)
    #expect(message { _ = try ModelDirectory.load(path) } == "expected shape [1, 3], found [1, 2]")
    try SafeTensorsFile.write([("bias", Tensor([1, 3], [1, 2, 3]))], to: weights)
    #expect(
      message { _ = try ModelDirectory.load(path) }
        == "tensor 'bias' is not part of this model, which has weight")
    try SafeTensorsFile.write([], to: weights)
    #expect(message { _ = try ModelDirectory.load(path) } == "tensor 'weight' is missing")
    try SafeTensorsFile.write([("weight", Tensor([1, 3], [1, .nan, 3]))], to: weights)
    #expect(message { _ = try ModelDirectory.load(path) } == "element 1 is not finite")
  }

  @Test(arguments: [
    ("[]", "expected a JSON object, found a list"),
    (#"{"model_type":"llama"}"#, "expected a tokenizer"),
    (
      #"{"model_type":"pairwise_features"}"#,
      "model kind features needs dense features, the data has none"
    ),
    (
      #"{"model_type":"pairwise_features","input_size":3,"hidden_sizes":[0]}"#,
      "hidden_sizes: expected a list of integers, each an integer in 1 ... 65536, 0 to 16 of them, found [0]"
    ),
    (
      #"{"model_type":"pairwise_features","input_size":3,"temperature":0}"#, "expected a number > 0"
    ),
    ("{", "expected"),
  ])
  func configsAreChecked(config: String, expected: String) throws {
    let path = try save(FeatureModel(inputSize: 3))
    try FileAccess.write(Array(config.utf8), to: path + "/config.json")
    let found = message { _ = try ModelDirectory.load(path) }
    #expect(found.hasPrefix(expected), "\(found)")
  }

  @Test func missingFolders() {
    #expect(
      message { _ = try ModelDirectory.load(folder.path + "/none") }
        == "expected a model folder with config.json and model.safetensors")
  }
}
