import PairwiseAutodiff
import PairwiseTensor
import Testing

// Wrong calls end the process with a sentence; a silent wrong gradient would be worse.
@Suite struct TrapTests {
  @Test func variablesOfTwoTapes() async {
    await #expect(processExitsWith: .failure) {
      let (a, b) = (Tape().variable(Tensor([1])), Tape().variable(Tensor([2])))
      _ = a + b
    }
  }

  @Test func aTapeIsUsedOnce() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      let loss = tape.variable(Tensor([1])).sum()
      _ = tape.backward(from: loss)
      _ = tape.backward(from: loss)
    }
  }

  @Test func recordingOnAUsedTape() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      let x = tape.variable(Tensor([1]))
      _ = tape.backward(from: x.sum())
      _ = x.exp()
    }
  }

  @Test func lossOfAnotherTape() async {
    await #expect(processExitsWith: .failure) {
      _ = Tape().backward(from: Tape().variable(Tensor([1])))
    }
  }

  @Test func lossIsNotOneElement() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      _ = tape.backward(from: tape.variable(Tensor([1, 2])))
    }
  }

  @Test func shapesDoNotBroadcast() async {
    await #expect(processExitsWith: .failure) {
      _ = Variable(constant: .zeros([2, 3])) + Variable(constant: .zeros([2]))
    }
  }

  @Test func parameterWithoutABlock() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      _ = tape.backward(from: tape.parameter(Tensor([1]), offset: 0).sum())
    }
  }

  @Test func indexOutOfRange() async {
    await #expect(processExitsWith: .failure) { _ = Variable(constant: .zeros([2, 3])).rows([2]) }
    await #expect(processExitsWith: .failure) {
      _ = Variable(constant: .zeros([2, 3])).picked([0, -1])
    }
  }

  @Test func gradientOfAForeignVariable() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      let gradients = tape.backward(from: tape.variable(Tensor([1])).sum())
      _ = gradients[Tape().variable(Tensor([1]))]
    }
  }
}
