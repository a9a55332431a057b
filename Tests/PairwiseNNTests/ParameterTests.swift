import PairwiseAutodiff
import PairwiseNN
import PairwiseTensor
import Testing

struct ParameterTests {
  private func head(_ inputs: Int, _ hidden: [Int], seed: UInt64 = 1) -> (MLP, ParameterStore) {
    var builder = ParameterBuilder()
    let head = MLP(inputs: inputs, hidden: hidden, &builder)
    return (head, ParameterStore(builder, seed: seed))
  }

  /// The names `torch.nn.Sequential` gives the same layers.
  @Test func namesAreTorchs() {
    #expect(head(3, []).1.parameters.map(\.name) == ["weight"])
    #expect(
      head(3, [4, 5]).1.parameters.map(\.name)
        == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight"])
    #expect(head(3, [4]).1.parameters.map(\.shape) == [[4, 3], [4], [1, 4]])
  }

  @Test func slicesCoverTheBlockInOrder() {
    let store = head(7, [5, 3]).1
    var next = 0
    for parameter in store.parameters {
      #expect(parameter.offset == next)
      next = parameter.range.upperBound
    }
    #expect(next == store.count)
    #expect(store.parameter(at: store.count - 1)?.name == "4.weight")
    #expect(store.parameter(at: store.count) == nil)
  }

  @Test func biasesDoNotDecay() {
    #expect(head(3, [4]).1.parameters.map(\.decays) == [true, false, true])
  }

  /// ±1/√fanIn, filled evenly: mean 0 and variance 1/(3·fanIn) within four standard errors.
  @Test func uniformStartHasTorchsRange() {
    let store = head(256, [128]).1
    let weights = store.value(store.parameters[0]).array.map(Double.init)
    #expect(weights.allSatisfy { abs($0) <= 1.0 / 16 })
    let n = Double(weights.count)
    let mean = weights.reduce(0, +) / n
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    #expect(abs(mean) < 4 * (1.0 / 16) / (3 * n).squareRoot())
    #expect(abs(variance - 1.0 / 768) < 4 * (1.0 / 768) * (0.8 / n).squareRoot())
  }

  @Test func startDependsOnSeedAndNameAlone() {
    let (a, b) = (head(8, [4]).1, head(8, [4, 2]).1)
    #expect(a.value(a.parameters[0]) == b.value(b.parameters[0]))
    let c = head(8, [4], seed: 2).1
    #expect(a.value(a.parameters[0]) != c.value(c.parameters[0]))
  }

  @Test func settingOneParameterLeavesTheOthers() {
    var store = head(2, [3]).1
    let before = store.values.array
    store.set(store.parameters[1], to: Tensor([7, 8, 9]))
    #expect(store.value(store.parameters[1]).array == [7, 8, 9])
    #expect(Array(store.values.array[..<6]) == Array(before[..<6]))
    #expect(Array(store.values.array[9...]) == Array(before[9...]))
  }

  /// y = relu(x·W₀ᵀ + b₀)·W₂ᵀ by hand: W₀ = [[1, −1], [2, 0]], b₀ = [0, −1], W₂ = [3, 5].
  @Test func mlpByHand() {
    var (mlp, store) = head(2, [2])
    store.set(store.parameters[0], to: Tensor([2, 2], [1, -1, 2, 0]))
    store.set(store.parameters[1], to: Tensor([0, -1]))
    store.set(store.parameters[2], to: Tensor([1, 2], [3, 5]))
    let x = Variable(constant: Tensor([2, 2], [2, 1, 0, 4]))
    // Row 0: relu(1, 3) → 3 + 15; row 1: relu(−4, −1) → 0.
    #expect(mlp(x, Weights(store)).value.array == [18, 0])
  }

  /// Gradients land in the slices of the flat block that belong to their parameters.
  @Test func gradientsLandInTheirSlices() {
    let (mlp, store) = head(2, [])
    let tape = Tape()
    let x = Variable(constant: Tensor([3, 2], [1, 2, 3, 4, 5, 6]))
    let y = mlp(x, Weights(store, on: tape)).sum()
    var block = Tensor.zeros([store.count])
    tape.backward(from: y, into: &block)
    #expect(block.array == [9, 12])
  }
}
