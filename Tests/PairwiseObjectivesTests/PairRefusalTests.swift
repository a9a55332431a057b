import PairwiseConfig
import PairwiseObjectives
import Testing

/// What the pairwise objectives refuse, and other names that they answer to.
struct PairRefusalTests {
  private static let sample =
    #""policy_chosen_logps":[-2,-3],"policy_rejected_logps":[-4,-1],"ref_chosen_logps":[-2,-2],"ref_rejected_logps":[-3,-2]"#

  private func message(_ objective: String, _ more: String = "") throws -> String {
    let document = try JSON.parse(
      "{\"cases\":[{\"id\":\"c\",\"objective\":\(objective),\"inputs\":{\(Self.sample)\(more)}}]}",
      limits: JSONLimits(allowsOverflow: true))
    do {
      _ = try ObjectiveFile.evaluate(document, file: "f")
      return "accepted"
    } catch {
      return error.message.replacing("f: line 1: case c: ", with: "")
    }
  }

  @Test(arguments: [
    (#"{"name":"cdpo","label_smoothing":0.5}"#, "objective.label_smoothing: "),
    (#"{"name":"robust","label_smoothing":-0.1}"#, "objective.label_smoothing: "),
    (#"{"name":"exo_pair","label_smoothing":0}"#, "objective.label_smoothing: "),
    (#"{"name":"ipo","tau":0}"#, "objective.tau: "),
    (#"{"name":"ipo","beta":11,"normalize":"none"}"#, "objective.beta: "),
    (
      #"{"name":"ipo","tau":0.1,"beta":0.1,"normalize":"none"}"#,
      "objective.beta: expected only one of 'tau' and 'beta', which mean the same"
    ),
    (#"{"name":"discopop","tau":1,"discopop_tau":1}"#, "objective.discopop_tau: "),
    (#"{"name":"odpo"}"#, "objective.offset_fn: "),
    (#"{"name":"dpop"}"#, "objective.lambda: "),
    (#"{"name":"dpo_nll"}"#, "objective.nll_reduction: "),
    (#"{"name":"f_dpo"}"#, "objective.divergence: "),
    (#"{"name":"f_dpo","divergence":"alpha","alpha":1}"#, "objective.alpha: "),
    (
      #"{"name":"f_dpo","divergence":"js","alpha":0.5}"#,
      "objective.alpha: expected only with divergence alpha, found it with js"
    ),
    (#"{"name":"beta_dpo","keep":0}"#, "objective.keep: "),
    (#"{"name":"beta_dpo","keep":1,"momentum":1}"#, "objective.momentum: "),
    (#"{"name":"phi_dpo","gamma":-1}"#, "objective.gamma: "),
    (#"{"name":"length_dpo"}"#, "chosen_len: missing, length_dpo needs it"),
    (#"{"name":"odpo","offset_fn":"column"}"#, "offset: missing, odpo needs it"),
    (#"{"name":"odpo","offset_fn":"diff"}"#, "chosen_score: missing, odpo needs it"),
    (#"{"name":"sppo"}"#, "win_prob_chosen: missing, sppo needs it"),
    (#"{"name":"beta_dpo","keep":0.5}"#, "keep_noise: missing, beta_dpo needs it"),
  ])
  func refusals(objective: String, expected: String) throws {
    let found = try message(objective)
    #expect(found.hasPrefix(expected), "\(found)")
  }

  @Test(arguments: [
    #"{"name":"ipo","beta":0.1,"normalize":"none"}"#, #"{"name":"discopop","discopop_tau":1}"#,
    #"{"name":"robust"}"#, #"{"name":"rdpo"}"#, #"{"name":"aot_pair"}"#, #"{"name":"sigmoid"}"#,
    #"{"name":"f_dpo","divergence":"alpha"}"#, #"{"name":"beta_dpo","keep":1}"#,
  ])
  func otherNames(objective: String) throws {
    #expect(try message(objective) == "accepted")
  }

  @Test func columns() throws {
    #expect(
      try message(
        #"{"name":"odpo","offset_fn":"log_diff"}"#,
        #","chosen_score":[2,1],"rejected_score":[1,1]"#)
        == "chosen_score: row 1: expected more than rejected_score, 1.0, for the logarithm of the difference, found 1.0"
    )
    #expect(
      try message(
        #"{"name":"odpo","offset_fn":"diff"}"#, #","chosen_score":[2,1],"rejected_score":[1,3]"#)
        == "accepted")
    #expect(
      try message(
        #"{"name":"sppo"}"#, #","win_prob_chosen":[0.5,1.5],"win_prob_rejected":[0,1]"#
      ).hasPrefix("win_prob_chosen: row 1: expected a number in 0.0 ... 1.0"))
    // Losses by rank cannot be weighted by pair.
    #expect(try message(#"{"name":"aot"}"#, #","weight":[1,1]"#).hasPrefix("weight: not an input"))
  }
}
