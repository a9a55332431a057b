import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import Testing

/// The tiny checkpoints of the fixtures against transformers: hidden states, log-probs and gradients.
/// Tolerances come from the fixtures' own files.
@Suite("Transformers parity", .enabled(if: ModelFixture.isThere, "no fixtures beside the project"))
struct TransformerParityTests {
  @Test("hidden states after every block", arguments: ModelFixture.decoders)
  func hidden(name: String) throws {
    let fixture = try ModelFixture(name)
    let model = try fixture.model(CausalLM.self)
    let row = try fixture.row { $0["hidden"] != nil }
    let expected = try fixture.lastHidden(row)
    let ids = fixture.ids(row)[0]
    let rows = TokenRows(ids: ids, layout: TokenLayout([(ids.count, nil)]))
    let weights = Weights(model.store)
    let hidden = model.transformer.normalized(
      model.transformer(rows, weights, ForwardPass()), weights
    ).value
    let worst = hidden.largestDifference(from: expected.reshaped(hidden.shape))
    #expect(worst <= fixture.tolerance("logits_abs"))
  }

  @Test("token log-probs of every row", arguments: ModelFixture.decoders)
  func logps(name: String) throws {
    let fixture = try ModelFixture(name)
    let model = try fixture.model(CausalLM.self)
    for row in fixture.rows {
      for (index, ids) in fixture.ids(row).enumerated() where ids.count > 1 {
        // One pair a token: the tokens before it are the prompt.
        let pairs = (1..<ids.count).map {
          TokenPair(prompt: Array(ids[..<$0]), chosen: [ids[$0]], rejected: [])
        }
        let got = model.completions(
          .tokens(TokenPairs(pairs)), Weights(model.store), ForwardPass()
        ).logps.value.array
        for (token, want) in fixture.logps(row)[index].enumerated() {
          #expect(abs(Double(got[2 * token]) - want) <= fixture.tolerance("logps_abs"))
        }
        let whole = TokenPair(prompt: [ids[0]], chosen: Array(ids[1...]), rejected: [])
        let sum = model.completions(
          .tokens(TokenPairs([whole])), Weights(model.store), ForwardPass()
        ).logps.value.array[0]
        // Errors of the tokens add up.
        let allowed = fixture.tolerance("logps_abs") * Double(ids.count)
        #expect(abs(Double(sum) - fixture.sums(row)[index]) <= allowed)
      }
    }
  }

  @Test("gradients of the summed log-probs", arguments: ModelFixture.decoders)
  func gradients(name: String) throws {
    let fixture = try ModelFixture(name)
    let model = try fixture.model(CausalLM.self)
    for row in fixture.rows where row["grad_norms"] != nil {
      let pairs = fixture.ids(row).filter { $0.count > 1 }.map {
        TokenPair(prompt: [$0[0]], chosen: Array($0[1...]), rejected: [])
      }
      for budget in [1 << 30, 0] {
        let tape = Tape()
        let output = model.completions(
          .tokens(TokenPairs(pairs)), Weights(model.store, on: tape),
          ForwardPass(activationBudget: budget))
        var block = Tensor.zeros([model.store.count])
        tape.backward(from: output.logps.sum(), into: &block)
        fixture.checkNorms(model.store, block, row)
        if row["name"]?.text == "padded" { try fixture.checkElements(model.store, block) }
      }
    }
  }

  @Test("a shared prompt gives the log-probs of separate sequences, bit for bit")
  func prefixSharing() throws {
    let fixture = try ModelFixture("llama_gqa_tied")
    let model = try fixture.model(CausalLM.self)
    let ids = fixture.ids(try fixture.row { $0["name"]?.text == "len48" })[0]
    let (prompt, chosen) = (Array(ids[..<20]), Array(ids[20..<40]))
    let rejected = Array(ids[8..<30])
    func logps(_ pairs: [TokenPair]) -> [Float] {
      model.completions(.tokens(TokenPairs(pairs)), Weights(model.store), ForwardPass())
        .logps.value.array
    }
    let shared = logps([TokenPair(prompt: prompt, chosen: chosen, rejected: rejected)])
    let apart =
      logps([TokenPair(prompt: prompt, chosen: chosen, rejected: [])])[0...0]
      + logps([TokenPair(prompt: prompt, chosen: rejected, rejected: [])])[0...0]
    #expect(shared == Array(apart))
  }
}
