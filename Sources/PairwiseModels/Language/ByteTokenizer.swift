internal import PairwiseConfig
internal import PairwiseText

/// A tokenizer with one token for each byte, and an end and a pad token: for small models that start from
/// nothing. It is an ordinary byte-level BPE without merges, so that other programs can load it.
enum ByteTokenizer {
  static let end = "<|end|>"
  static let pad = "<|pad|>"

  static let pipeline: TextPipeline? = try? TextPipeline(
    GGUFVocabulary(
      model: "gpt2", pre: "gpt-2", tokens: symbols + [end, pad],
      types: [Int32](repeating: 1, count: 256) + [3, 3], merges: [], bos: nil, eos: 256, pad: 257,
      unknown: nil, addsBOS: false, chatTemplate: nil))

  /// GPT-2's printable stand-ins for the 256 bytes, in byte order.
  private static var symbols: [String] {
    var next: UInt32 = 256
    return (0..<256).map { byte -> String in
      let isPrintable =
        (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
      var scalar = UInt32(byte)
      if !isPrintable {
        scalar = next
        next += 1
      }
      return Unicode.Scalar(scalar).map { String(Character($0)) } ?? ""
    }
  }
}
