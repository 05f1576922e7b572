using TorchSharp;
using TorchSharp.Modules;
using Upstride.Learning;
using Upstride.Learning.Optimization;
using static TorchSharp.torch;

namespace Upstride.Torch.Tests;

/// <summary>Optimizers step by step beside PyTorch's, on a quadratic function whose gradient each finds for itself.</summary>
public class OptimizerTests
{
    private const int Length = 37, Steps = 20;

    public static TheoryData<string> Names =>
        ["sgd", "sgd decay", "momentum", "momentum decay", "nesterov", "nesterov decay", "adam", "adam decay", "adam betas", "adamw",
            "adamw decay"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_step_is_that_of_PyTorch(string name)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        double[] start = Torch.Random<double>(1, [Length]), target = Torch.Random<double>(2, [Length]);
        double decay = name.EndsWith("decay", StringComparison.Ordinal) ? 0.1 : 0;
        Upstride.Learning.Parameter<double> ours = new(start, [Length]);
        var theirs = new Parameter(Torch.Of<double>(start, [Length]));
        Tensor goal = Torch.Of<double>(target, [Length]);
        (Upstride.Learning.Optimization.Optimizer<double> optimizer, optim.Optimizer peer) = Create(name, ours, theirs, decay);
        using var tape = new Upstride.Learning.Tape<double>();
        for (int step = 1; step <= Steps; step++)
        {
            Upstride.Learning.Variable<double> difference = tape.Attach(ours) - tape.Constant(target, [Length]);
            Upstride.Learning.Functions.Sum(difference * difference).Backward();
            optimizer.Step();
            optimizer.ZeroGradients();
            tape.Reset();

            using (Tensor loss = (theirs - goal).square().sum()) loss.backward();
            peer.step();
            peer.zero_grad();

            // A step has at most 20 roundings, of numbers below 50: the sum of ten gradients with momentum.
            Torch.AssertNear<double>(
                Torch.Values(theirs), ours.Values, _ => step * 20 * 50 * Torch.DoubleRounding, $"after step {step} parameter");
        }
    }

    private static (Upstride.Learning.Optimization.Optimizer<double> Ours, optim.Optimizer Theirs) Create(
        string name, Upstride.Learning.Parameter<double> ours, Parameter theirs, double decay)
    {
        ParameterGroup<double> Group(double rate) => new([ours], rate) { WeightDecay = decay };
        return name.Split(' ') switch
        {
            ["sgd", ..] => (new Sgd<double>(Group(0.05)), optim.SGD([theirs], 0.05, weight_decay: decay)),
            ["momentum", ..] => (
                new Sgd<double>(Group(0.05)) { Momentum = 0.9 }, optim.SGD([theirs], 0.05, momentum: 0.9, weight_decay: decay)),
            ["nesterov", ..] => (
                new Sgd<double>(Group(0.05)) { Momentum = 0.9, Nesterov = true },
                optim.SGD([theirs], 0.05, momentum: 0.9, weight_decay: decay, nesterov: true)),
            ["adam", "betas"] => (
                new Adam<double>(Group(0.02)) { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3 }, optim.Adam([theirs], 0.02, 0.8, 0.95, 1e-3)),
            ["adam", ..] => (new Adam<double>(Group(0.01)), optim.Adam([theirs], 0.01, weight_decay: decay)),
            _ => (new AdamW<double>(Group(0.01)), optim.AdamW([theirs], 0.01, weight_decay: decay)),
        };
    }
}
