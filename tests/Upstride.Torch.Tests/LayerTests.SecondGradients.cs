using TorchSharp;
using Upstride.Learning;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Upstride.Torch.Tests;

/// <summary>The gradients of each layer's gradients beside PyTorch's double backward.</summary>
public partial class LayerTests
{
    public static TheoryData<string> TwiceDifferentiated => [.. _linear.Keys, .. _others.Keys];

    // The gradients by input and parameters, each times numbers of its own and added up, differentiated by the input, the output's gradient
    // and the parameters. The bound is that of one gradient of the layers with statistics, 3 * 4 * 64 roundings of numbers below 2 for each
    // of n terms, which the second passes on times at most 64.
    [Theory]
    [MemberData(nameof(TwiceDifferentiated))]
    public void The_gradients_of_a_layers_gradients_are_PyTorchs(string name)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        Case one = _linear.GetValueOrDefault(name) ?? _others[name];
        Module<double> layer = one.Create(new(3));
        Parameter<double>[] parameters = [.. layer.Parameters()];
        using var tape = new Tape<double>();
        double[] x = Torch.Random<double>(1, one.Input);
        Variable<double> input = tape.Input(x, one.Input, requiresGradient: true), output = layer.Forward(input);
        nint[] shape = [.. output.Shape];
        double[] dy = Torch.Random<double>(2, shape);
        Variable<double> outputGradient = tape.Input(dy, shape, requiresGradient: true);
        Variable<double>[] sources = [input, .. parameters];
        Variable<double>[] first = [.. Learning.Gradients.Of(output, sources, createGraph: true, outputGradient)];
        double[][] factors = [.. first.Select(static (gradient, i) => Torch.Random<double>(10 + i, gradient.Shape.AsSpan()))];
        Variable<double> sum = first.Select((gradient, i) =>
            Learning.Functions.Sum(gradient * tape.Constant(factors[i], gradient.Shape.AsSpan()))).Aggregate(static (a, b) => a + b);
        double[][] actual = [.. Learning.Gradients.Of(sum, [.. sources, outputGradient]).Select(static one => one.Values.ToArray())];

        Tensor peer = Torch.Of<double>(x, one.Input, requiresGradient: true), seed = Torch.Of<double>(dy, shape, requiresGradient: true);
        Tensor[] peers = [.. parameters.Select(static parameter =>
            Torch.Of<double>(parameter.Values, parameter.Shape.AsSpan(), requiresGradient: true))];
        IList<Tensor> gradients = autograd.grad([one.Peer(peer, peers)], [peer, .. peers], [seed], retain_graph: true, create_graph: true);
        Tensor total = gradients.Select((gradient, i) => (gradient * Torch.Of<double>(factors[i], first[i].Shape.AsSpan())).sum())
            .Aggregate(static (a, b) => a + b);
        IList<Tensor> second = autograd.grad([total], [peer, .. peers, seed], allow_unused: true);
        int count = actual.Max(static values => values.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            // Where nothing depends on a source, PyTorch gives none.
            double[] expected = second[i] is { } given && !given.IsInvalid ? Torch.Values(given) : new double[actual[i].Length];
            Torch.AssertNear<double>(expected, actual[i], _ => 64 * 3 * 4 * 64 * count * Torch.DoubleRounding, $"second gradient {i}");
        }
    }
}
