import PairwiseConfig
import PairwiseObjectives
import Testing

/// Every way a case can be wrong is refused in one sentence that names the input or parameter.
struct ObjectiveFileTests {
  private func message(_ objective: String, _ inputs: String) throws -> String {
    let document = try JSON.parse(
      "{\"cases\":[{\"id\":\"c1\",\"objective\":\(objective),\"inputs\":\(inputs)}]}",
      limits: JSONLimits(allowsOverflow: true))
    do {
      _ = try ObjectiveFile.evaluate(document, file: "f.json")
      return "accepted"
    } catch {
      return error.message
    }
  }

  @Test(arguments: [
    (#"{"name":"bt"}"#, #"{"chosen_scores":[1],"rejected_scores":[0]}"#, "accepted"),
    (
      #"{"name":"bradley_tery"}"#, "{}",
      "f.json: line 1: case c1: objective.name: unknown name 'bradley_tery'; did you mean 'bradley_terry'?"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1]}"#,
      "f.json: line 1: case c1: rejected_scores: missing, bradley_terry needs it"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1],"rejected_scores":[0],"weigth":[1]}"#,
      "f.json: line 1: case c1: weigth: not an input of bradley_terry, which takes chosen_scores, rejected_scores, weight, label_prob"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1,2],"rejected_scores":[0]}"#,
      "f.json: line 1: case c1: rejected_scores: expected extent 2 along B as in chosen_scores, found 1"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[[1]],"rejected_scores":[0]}"#,
      "f.json: line 1: case c1: chosen_scores: expected a vector, found shape [1, 1]"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[],"rejected_scores":[]}"#,
      "f.json: line 1: case c1: chosen_scores: the batch is empty"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1,null],"rejected_scores":[0,0]}"#,
      "f.json: line 1: case c1: chosen_scores: row 1: expected a number, found null"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1,1e999],"rejected_scores":[0,0]}"#,
      "f.json: line 1: case c1: chosen_scores: row 1: inf is not finite in 32-bit floating point"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1],"rejected_scores":[0],"weight":[0]}"#,
      "f.json: line 1: case c1: weight: all weights are 0, so no pair counts"
    ),
    (
      #"{"name":"bt"}"#, #"{"chosen_scores":[1],"rejected_scores":[0],"weight":[-1]}"#,
      "f.json: line 1: case c1: weight: row 0: expected a number >= 0.0, found -1.0"
    ),
    (
      #"{"name":"bt","label_smoothing":0.1}"#,
      #"{"chosen_scores":[1],"rejected_scores":[0],"label_prob":[0.5]}"#,
      "f.json: line 1: case c1: label_prob: not an input of bradley_terry, which takes chosen_scores, rejected_scores, weight"
    ),
  ])
  func refusals(objective: String, inputs: String, expected: String) throws {
    let found = try message(objective, inputs)
    #expect(found.hasPrefix(expected), "\(found)")
  }
}
