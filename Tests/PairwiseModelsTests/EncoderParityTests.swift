import PairwiseAutodiff
import PairwiseConfig
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

/// The tiny BERT of the fixtures against transformers, with the tolerances of its own file.
@Suite("BERT parity", .enabled(if: ModelFixture.isThere, "no fixtures beside the project"))
struct EncoderParityTests {
  private let fixture: ModelFixture
  private let encoder: TextEncoder
  private let store: ParameterStore

  init() throws {
    fixture = try ModelFixture("bert")
    let model = try ModelFixture.encoder(fixture.folder)
    (encoder, store) = (model.encoder, model.store)
  }

  private func name(_ row: ConfigNode) throws -> String { try #require(row["name"]?.text) }

  @Test("hidden states of every row, padded rows at their real positions")
  func hidden() throws {
    for row in fixture.rows {
      let texts = fixture.ids(row)
      let layout = TokenLayout(texts.map { ($0.count, nil) })
      let got = encoder.transformer(
        TokenRows(ids: texts.flatMap { $0 }, layout: layout), Weights(store), ForwardPass()
      ).value.array
      let want = try fixture.tensor(try name(row) + ".last_hidden_state")
      let (longest, width) = (want.shape[1], want.shape[2])
      let values = want.array
      var place = 0
      for (index, text) in texts.enumerated() {
        for position in 0..<text.count {
          let start = (index * longest + position) * width
          for dimension in 0..<width {
            let difference = abs(Double(got[place]) - Double(values[start + dimension]))
            #expect(difference <= fixture.tolerance("last_hidden_state_abs"))
            place += 1
          }
        }
      }
      #expect(place == got.count)
    }
  }

  @Test("means over tokens, and the same at unit length")
  func embeddings() throws {
    for row in fixture.rows {
      let got = encoder(fixture.ids(row), Weights(store), ForwardPass()).value
      let mean = try fixture.tensor(try name(row) + ".mean")
      #expect(got.shape == mean.shape)
      #expect(got.largestDifference(from: mean) <= fixture.tolerance("mean_abs"))
      let unit = try fixture.tensor(try name(row) + ".unit")
      #expect(got.unitRows.largestDifference(from: unit) <= fixture.tolerance("unit_abs"))
    }
  }

  @Test("gradients of the mean", arguments: [1 << 30, 0])
  func gradients(budget: Int) throws {
    let coefficients = Tensor(
      [1, fixture.coefficients.count], fixture.coefficients.map { Float($0) })
    var rows = 0
    for row in fixture.rows where row["grad_norms"] != nil {
      let tape = Tape()
      let means = encoder(
        fixture.ids(row), Weights(store, on: tape), ForwardPass(activationBudget: budget))
      var block = Tensor.zeros([store.count])
      tape.backward(from: (means * Variable(constant: coefficients)).sum(), into: &block)
      fixture.checkNorms(store, block, row)
      if row["name"]?.text == "padded" { try fixture.checkElements(store, block) }
      rows += 1
    }
    #expect(rows > 0)
  }

  @Test("a text's vector is the same alone and among others, bit for bit")
  func neighbours() throws {
    let texts = fixture.rows.flatMap { fixture.ids($0) }
    let together = encoder(texts, Weights(store), ForwardPass()).value.array
    let width = together.count / texts.count
    for (index, text) in texts.enumerated() {
      let alone = encoder([text], Weights(store), ForwardPass()).value.array
      #expect(alone == Array(together[index * width..<(index + 1) * width]))
    }
  }

  @Test("a decoder is refused")
  func decoder() throws {
    let folder = try ModelFixture("gpt2").folder
    #expect(throws: (any Error).self) { try ModelFixture.encoder(folder) }
  }
}

extension Tensor {
  /// Rows `[n, D]` divided by their L2 norms.
  var unitRows: Tensor {
    let (count, width) = (shape[0], shape[1])
    var values = array
    for row in 0..<count {
      let range = row * width..<(row + 1) * width
      let length = range.reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot()
      for i in range { values[i] = Float(Double(values[i]) / length) }
    }
    return Tensor(shape, values)
  }
}
