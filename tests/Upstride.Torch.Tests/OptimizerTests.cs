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
            "adamw decay", "amsgrad", "amsgrad decay", "rmsprop", "rmsprop decay", "rmsprop-centred", "rmsprop-momentum", "nadam",
            "nadam decay"];

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
            ["amsgrad", ..] => (new Adam<double>(Group(0.05)) { AmsGrad = true },
                optim.Adam([theirs], 0.05, weight_decay: decay, amsgrad: true)),
            ["rmsprop", ..] => (new RmsProp<double>(Group(0.05)), optim.RMSProp([theirs], 0.05, weight_decay: decay)),
            ["rmsprop-centred"] => (new RmsProp<double>(Group(0.05)) { Centered = true, Alpha = 0.9 },
                optim.RMSProp([theirs], 0.05, alpha: 0.9, centered: true)),
            ["rmsprop-momentum"] => (new RmsProp<double>(Group(0.05)) { Momentum = 0.9 }, optim.RMSProp([theirs], 0.05, momentum: 0.9)),
            ["nadam", ..] => (new NAdam<double>(Group(0.05)), optim.NAdam([theirs], 0.05, weight_decay: decay)),
            ["nesterov", ..] => (
                new Sgd<double>(Group(0.05)) { Momentum = 0.9, Nesterov = true },
                optim.SGD([theirs], 0.05, momentum: 0.9, weight_decay: decay, nesterov: true)),
            ["adam", "betas"] => (
                new Adam<double>(Group(0.02)) { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3 }, optim.Adam([theirs], 0.02, 0.8, 0.95, 1e-3)),
            ["adam", ..] => (new Adam<double>(Group(0.01)), optim.Adam([theirs], 0.01, weight_decay: decay)),
            _ => (new AdamW<double>(Group(0.01)), optim.AdamW([theirs], 0.01, weight_decay: decay)),
        };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cycle_has_PyTorchs_rates(bool linear)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        var parameter = new Parameter(zeros(1));
        optim.Optimizer peer = optim.SGD([parameter], 0.5);
        optim.lr_scheduler.LRScheduler scheduler = optim.lr_scheduler.OneCycleLR(peer, 0.5, total_steps: 20, cycle_momentum: false,
            anneal_strategy: linear ? optim.lr_scheduler.impl.OneCycleLR.AnnealStrategy.Linear
            : optim.lr_scheduler.impl.OneCycleLR.AnnealStrategy.Cos);
        Schedule schedule = Schedule.OneCycle(20, linear: linear);
        for (int step = 0; step < 20; step++)
        {
            Assert.Equal(peer.ParamGroups.First().LearningRate, 0.5 * schedule.Factor(step), 1e-12);
            peer.step();
            if (step < 19) scheduler.step();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_plateau_lowers_rates_when_PyTorchs_does(bool greaterIsBetter)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        var parameter = new Parameter(zeros(1));
        optim.Optimizer peer = optim.SGD([parameter], 1.0);
        var scheduler = optim.lr_scheduler.ReduceLROnPlateau(peer, greaterIsBetter ? "max" : "min", 0.3, 2, 0.05, "rel", 1);
        var ours = new Sgd<double>([new Upstride.Learning.Parameter<double>([1])], 1);
        var plateau = new ReduceOnPlateau<double>(ours, greaterIsBetter) { Factor = 0.3, Patience = 2, Threshold = 0.05, Cooldown = 1 };
        double[] reports = [3, 2.5, 2.45, 2.44, 2.5, 2.46, 2.4, 2.4, 2.4, 1, 1.2, 1.3, 1.01, 0.99, 0.98, 0.97, 0.97, 0.97];
        foreach (double report in reports)
        {
            plateau.Report(report);
            scheduler.step(report);
            Assert.Equal(peer.ParamGroups.First().LearningRate, ours.Groups[0].LearningRate, 1e-15);
        }
        Assert.True(ours.Groups[0].LearningRate < 0.5);
    }
}
