package import PairwiseData

/// A BERT-style text encoder with random weights as a Hugging Face folder: letters, digits and a few marks are
/// its words. Written byte by byte, without the code that is to read it.
package enum TinyEncoder {
  package static let width = 16
  package static let positions = 48
  private static let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
  private static let marks = "abcdefghijklmnopqrstuvwxyz0123456789".map(String.init)

  private static var vocabulary: [String] {
    special + marks + marks.map { "##" + $0 } + [".", ",", "?", "!", ":", "'"]
  }

  /// Writes the folder, which must not exist.
  package static func write(to folder: String, layers: Int = 2) throws(DataError) {
    try FileAccess.createFolder(folder)
    try FileAccess.write(config(layers).utf8, to: folder + "/config.json")
    try FileAccess.write(tokenizer.utf8, to: folder + "/tokenizer.json")
    try FileAccess.write(weights(layers), to: folder + "/model.safetensors")
  }

  private static func config(_ layers: Int) -> String {
    """
    {"architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": \(width),
     "intermediate_size": 32, "layer_norm_eps": 1e-12, "max_position_embeddings": \(positions),
     "num_attention_heads": 2, "num_hidden_layers": \(layers), "pad_token_id": 0, "type_vocab_size": 2,
     "vocab_size": \(vocabulary.count)}
    """
  }

  private static var tokenizer: String {
    let added = special.enumerated().map { id, token in
      #"{"id": \#(id), "content": "\#(token)", "single_word": false, "lstrip": false, "#
        + #""rstrip": false, "normalized": false, "special": true}"#
    }
    let words = vocabulary.enumerated().map { #""\#($1)": \#($0)"# }
    func token(_ name: String) -> String { #"{"SpecialToken": {"id": "\#(name)", "type_id": 0}}"# }
    func known(_ name: String, _ id: Int) -> String {
      #""\#(name)": {"id": "\#(name)", "ids": [\#(id)], "tokens": ["\#(name)"]}"#
    }
    return """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [\(added.joined(separator: ",\n"))],
       "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
         "strip_accents": null, "lowercase": true},
       "pre_tokenizer": {"type": "BertPreTokenizer"},
       "post_processor": {"type": "TemplateProcessing",
         "single": [\(token("[CLS]")), {"Sequence": {"id": "A", "type_id": 0}}, \(token("[SEP]"))],
         "pair": [\(token("[CLS]")), {"Sequence": {"id": "A", "type_id": 0}}, \(token("[SEP]"))],
         "special_tokens": {\(known("[CLS]", 2)), \(known("[SEP]", 3))}},
       "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
       "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100, "vocab": {\(words.joined(separator: ", "))}}}
      """
  }

  private static func shapes(_ layers: Int) -> [(name: String, shape: [Int])] {
    var shapes: [(name: String, shape: [Int])] = [
      ("embeddings.word_embeddings.weight", [vocabulary.count, width]),
      ("embeddings.position_embeddings.weight", [positions, width]),
      ("embeddings.token_type_embeddings.weight", [2, width]),
      ("embeddings.LayerNorm.weight", [width]), ("embeddings.LayerNorm.bias", [width]),
    ]
    for layer in 0..<layers {
      for (name, rows, columns) in [
        ("attention.self.query", width, width), ("attention.self.key", width, width),
        ("attention.self.value", width, width), ("attention.output.dense", width, width),
        ("intermediate.dense", 32, width), ("output.dense", width, 32),
      ] {
        shapes.append(("encoder.layer.\(layer).\(name).weight", [rows, columns]))
        shapes.append(("encoder.layer.\(layer).\(name).bias", [rows]))
      }
      for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
        shapes.append(("encoder.layer.\(layer).\(name).weight", [width]))
        shapes.append(("encoder.layer.\(layer).\(name).bias", [width]))
      }
    }
    return shapes
  }

  /// A safetensors file: the length of the header, the header, the floats.
  private static func weights(_ layers: Int) -> [UInt8] {
    var numbers = SeededNumbers(3)
    var (header, data): ([String], [UInt8]) = ([], [])
    for (name, shape) in shapes(layers) {
      let count = shape.reduce(1, *)
      let isGain = name.hasSuffix("LayerNorm.weight")
      let values = numbers.floats(count, in: isGain ? 0.8...1.2 : -0.5...0.5)
      let start = data.count
      for value in values { data += bytes(UInt64(value.bitPattern), 4) }
      header.append(
        #""\#(name)": {"dtype": "F32", "shape": \#(shape), "data_offsets": [\#(start), \#(data.count)]}"#
      )
    }
    let text = Array("{\(header.joined(separator: ", "))}".utf8)
    return bytes(UInt64(text.count), 8) + text + data
  }

  private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
