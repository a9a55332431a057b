import PairwiseOptim
import PairwiseTensor
import Synchronization

/// Keeps the gradient it is given and updates nothing.
final class GradientRecorder: Optimizer {
  private let gradients = Mutex<[Float]>([])

  var seen: [Float] { gradients.withLock { $0 } }
  var stepCount: Int {
    get { 0 }
    set {}
  }
  var state: [(name: String, tensor: Tensor)] { [] }

  func restore(_ state: [String: Tensor], stepCount: Int) {}

  func update(_ values: inout Tensor, gradients: Tensor, _ context: UpdateContext) {
    self.gradients.withLock { $0 = gradients.array }
  }
}
