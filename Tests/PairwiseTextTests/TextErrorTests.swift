import PairwiseText
import Testing

@Suite("Text errors")
struct TextErrorTests {
  @Test("names file, place and problem in one line")
  func wording() {
    let error = TextError(file: "tokenizer.json", place: "line 3", "expected a vocabulary")
    #expect("\(error)" == "tokenizer.json: line 3: expected a vocabulary")
    #expect("\(TextError(file: "a", "b"))" == "a: b")
  }
}
