using TorchSharp;
using Upstride.Learning;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Torch.Tests;

/// <summary>Losses and their gradients by the prediction.</summary>
public class LossTests
{
    private const int Rows = 6, Classes = 5;

    private static readonly int[] _classes = [0, 4, 2, -100, 1, 2];

    private static readonly Dictionary<string,
        (Func<Variable<double>, Variable<double>, Variable<double>> Ours, Func<Tensor, Tensor, Tensor> Theirs)> _losses = new()
    {
        ["L1"] = (Losses.L1, static (x, target) => functional.l1_loss(x, target)),
        ["MeanSquaredError"] = (Losses.MeanSquaredError, static (x, target) => functional.mse_loss(x, target)),
        ["BinaryCrossEntropyWithLogits"] =
            (Losses.BinaryCrossEntropyWithLogits, static (x, target) => functional.binary_cross_entropy_with_logits(x, target)),
        ["CrossEntropy"] = (
            static (x, _) => Losses.CrossEntropy(x, _classes),
            static (x, _) => functional.cross_entropy(x, tensor(_classes.Select(static c => (long)c).ToArray()))),
    };

    public static TheoryData<string> Names => [.. _losses.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_and_its_gradient_are_those_of_PyTorch(string name)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        nint[] shape = [Rows, Classes];
        double[] prediction = Torch.Random<double>(1, shape), target = Array.ConvertAll(Torch.Random<double>(2, shape), Math.Abs);
        using var tape = new Tape<double>();
        Variable<double> input = tape.Input(prediction, shape, requiresGradient: true);
        Variable<double> loss = _losses[name].Ours(input, tape.Constant(target, shape));
        loss.Backward();

        Tensor peer = Torch.Of<double>(prediction, shape, requiresGradient: true);
        Tensor expected = _losses[name].Theirs(peer, Torch.Of<double>(target, shape));

        // A mean of at most 30 terms below 4, each of an exponential and a logarithm.
        double bound = 4 * (Rows * Classes + 16) * Torch.DoubleRounding;
        Torch.AssertNear<double>(Torch.Values(expected), loss.Values, _ => bound, "loss");
        Torch.AssertNear<double>(Torch.Gradients(expected, [peer], ones_like(expected))[0], input.Gradient!.Values, _ => bound, "gradient");
    }
}
