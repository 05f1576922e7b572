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

    private static readonly double[] _weights = [0.5, 2, 1, 0.25, 1.5];

    private static readonly Dictionary<string,
        (Func<Variable<double>, Variable<double>, Variable<double>> Ours, Func<Tensor, Tensor, Tensor> Theirs)> _losses = new()
    {
        ["L1"] = (static (x, target) => Losses.L1(x, target), static (x, target) => functional.l1_loss(x, target)),
        ["MeanSquaredError"] = (static (x, target) => Losses.MeanSquaredError(x, target), static (x, target) =>
            functional.mse_loss(x, target)),
        ["BinaryCrossEntropyWithLogits"] =
            (static (x, target) => Losses.BinaryCrossEntropyWithLogits(x, target), static (x, target) =>
                functional.binary_cross_entropy_with_logits(x, target)),
        ["CrossEntropy"] = (
            static (x, _) => Losses.CrossEntropy(x, _classes),
            static (x, _) => functional.cross_entropy(x, tensor(_classes.Select(static c => (long)c).ToArray()))),
        ["L1, summed"] = (static (x, target) => Losses.L1(x, target, LossReduction.Sum),
            static (x, target) => functional.l1_loss(x, target, Reduction.Sum)),
        ["SmoothL1"] = (static (x, target) => Losses.SmoothL1(x, target, 0.5),
            static (x, target) => functional.smooth_l1_loss(x, target, beta: 0.5)),
        ["Huber"] = (static (x, target) => Losses.Huber(x, target, 0.5), static (x, target) => functional.huber_loss(x, target, 0.5)),
        ["KlDivergence"] = (static (x, target) => Losses.KlDivergence(x, target),
            static (x, target) => functional.kl_div(x, target, log_target: false)),
        ["KlDivergence of logarithms, summed"] = (
            static (x, target) => Losses.KlDivergence(x, target, logTarget: true, LossReduction.Sum),
            static (x, target) => functional.kl_div(x, target, log_target: true, reduction: Reduction.Sum)),
        ["HingeEmbedding"] = (static (x, target) => Losses.HingeEmbedding(x, Signs(target)),
            static (x, target) => functional.hinge_embedding_loss(x, (target - 0.5).sign(), 1)),
        ["BinaryCrossEntropyWithLogits with weights"] = (
            static (x, target) => Losses.BinaryCrossEntropyWithLogits(x, target,
                positiveWeight: new Parameter<double>(_weights, [Classes], requiresGradient: false)),
            static (x, target) => functional.binary_cross_entropy_with_logits(x, target, pos_weights: tensor(_weights))),
        ["CrossEntropy, smoothed"] = (
            static (x, _) => Losses.CrossEntropy(x, _classes, _weights, labelSmoothing: 0.3),
            static (x, _) => functional.cross_entropy(x, Target(), tensor(_weights), label_smoothing: 0.3)),
        ["CrossEntropy, summed"] = (
            static (x, _) => Losses.CrossEntropy(x, _classes, _weights, labelSmoothing: 0.3, reduction: LossReduction.Sum),
            static (x, _) => functional.cross_entropy(x, Target(), tensor(_weights), reduction: Reduction.Sum, label_smoothing: 0.3)),
        ["CrossEntropy of each, squared"] = (
            static (x, _) => Functions.Sum(Functions.Square(Losses.CrossEntropy(x, _classes, reduction: LossReduction.None))),
            static (x, _) => functional.cross_entropy(x, Target(), reduction: Reduction.None).square().sum()),
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
        double bound = 4 * (Rows * Classes + 16) * Torch.DoubleRounding * (name.Contains(',', StringComparison.Ordinal) ? Rows * Classes
            : 1);
        Torch.AssertNear<double>(Torch.Values(expected), loss.Values, _ => bound, "loss");
        Torch.AssertNear<double>(Torch.Gradients(expected, [peer], ones_like(expected))[0], input.Gradient!.Values, _ => bound, "gradient");
    }

    private static Tensor Target() => tensor(_classes.Select(static c => (long)c).ToArray());

    private static Variable<double> Signs(Variable<double> target)
    {
        double[] signs = [.. target.Values.ToArray().Select(static value => value > 0.5 ? 1.0 : -1)];
        return Functions.ScaleAndShift(target, 0, 0) + new Parameter<double>(signs, target.Shape.AsSpan(), requiresGradient: false);
    }
}
