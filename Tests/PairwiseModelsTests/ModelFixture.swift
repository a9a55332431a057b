import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import Testing

/// One of the tiny checkpoints of the fixtures with what transformers computes for it.
struct ModelFixture {
  static let isThere = SharedFiles.fixtures != nil
  static let decoders = ["llama_gqa_tied", "llama_untied", "qwen2", "gpt2"]

  let folder: String
  private let expected: ConfigNode
  private let tensors: SafeTensorsFile

  init(_ name: String) throws {
    folder = try #require(SharedFiles.fixtures) + "/models/" + name
    expected = try JSON.parse(FileAccess.read(folder + "/expected.json", limit: 1 << 26))
    let file = expected["logits_file"]?.text ?? expected["outputs_file"]?.text
    tensors = try SafeTensorsFile(folder + "/" + (try #require(file)))
  }

  func model<M: Model>(_ type: M.Type) throws -> M {
    try #require(try ModelDirectory.load(folder).model as? M)
  }

  /// The text encoder in a folder, under a reward head, with the mean as its vector.
  static func encoder(_ path: String) throws -> EncoderRewardModel {
    let option = VariantOption(EncoderOptions.kind, EncoderOptions.summary) {
      EncoderOptions(from: &$0)
    }
    let document = try JSON.parse(Array("{\"kind\": \"encoder\", \"pooling\": \"mean\"}".utf8))
    let options = try ConfigReader.readVariant(
      [option], discriminator: "kind", from: document, path: "model", file: ""
    ).value
    let model = try options.blueprint(
      ModelRequest(use: .scores, path: path, tokens: TokenOptions(), locate: { $0 })
    ).build(DataFacts(featureWidth: nil, hasTexts: true), seed: 0)
    return try #require(model as? EncoderRewardModel)
  }

  var rows: [ConfigNode] { expected["rows"]?.items ?? [] }

  func row(where matches: (ConfigNode) -> Bool) throws -> ConfigNode {
    let found = rows.first(where: matches)
    return try #require(found)
  }

  /// A stated tolerance by the name it has in the file.
  func tolerance(_ name: String) -> Double { expected["tolerance"]?[name]?.number ?? 0 }

  var coefficients: [Double] { expected["coef"]?.items.compactMap(\.number) ?? [] }

  /// Token ids of each sequence of a row, without padding.
  func ids(_ row: ConfigNode) -> [[Int32]] {
    let masks = row["attention_mask"]?.items ?? []
    return (row["input_ids"]?.items ?? []).enumerated().map { index, ids in
      let count = masks[index].items.count { $0.number == 1 }
      return ids.items.prefix(count).compactMap { $0.number.map { Int32($0) } }
    }
  }

  func logps(_ row: ConfigNode) -> [[Double]] {
    (row["logps"]?.items ?? []).map { $0.items.compactMap(\.number) }
  }

  func sums(_ row: ConfigNode) -> [Double] { row["sum_logps"]?.items.compactMap(\.number) ?? [] }

  /// A tensor of `expected.safetensors`.
  func tensor(_ name: String) throws -> Tensor { try tensors.tensor(name) }

  /// The last name under `hidden` of a row: after the final norm.
  func lastHidden(_ row: ConfigNode) throws -> Tensor {
    try tensor(try #require(row["hidden"]?.items.last?.text))
  }

  // MARK: Gradients

  /// Compares the norm of every parameter's gradient as the fixtures ask for.
  func checkNorms(_ store: ParameterStore, _ gradients: Tensor, _ row: ConfigNode) {
    let total = row["grad_norm_total"]?.number ?? 0
    guard case .table(let norms)? = row["grad_norms"]?.value else { return }
    for entry in norms {
      guard let parameter = store.parameters.first(where: { $0.name == entry.key }) else {
        Issue.record("no parameter \(entry.key)")
        continue
      }
      var sum = 0.0
      for i in parameter.range { sum += Double(gradients[flat: i]) * Double(gradients[flat: i]) }
      let want = entry.value.number ?? 0
      let allowed = tolerance("grad_norm_rel") * max(want, 1e-3 * total)
      #expect(abs(sum.squareRoot() - want) <= allowed, "\(entry.key)")
    }
  }

  /// Compares single elements with `grads_padded.safetensors`.
  func checkElements(_ store: ParameterStore, _ gradients: Tensor) throws {
    let file = try SafeTensorsFile(folder + "/grads_padded.safetensors")
    var holder = store
    holder.values = gradients
    for name in file.names {
      let parameter = try #require(store.parameters.first { $0.name == name })
      let worst = holder.fileValue(parameter).largestDifference(from: try file.tensor(name))
      #expect(worst <= tolerance("grad_elem_abs"), "\(name)")
    }
  }
}

extension ConfigNode {
  var text: String? { if case .string(let text) = value { text } else { nil } }
  var items: [ConfigNode] { if case .list(let items) = value { items } else { [] } }
  var number: Double? {
    switch value {
    case .int(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}

extension Tensor {
  func largestDifference(from other: Tensor) -> Double {
    let (a, b) = (array, other.array)
    return a.indices.reduce(0) { max($0, abs(Double(a[$1]) - Double(b[$1]))) }
  }
}
