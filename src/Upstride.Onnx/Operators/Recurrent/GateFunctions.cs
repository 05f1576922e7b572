using System.Numerics.Tensors;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Threads;

namespace Upstride.Onnx.Operators.Recurrent;

/// <summary>The functions of a recurrent node's gates, by the attributes that name them and give their factors.</summary>
internal static class GateFunctions
{
    /// <summary>The functions of all directions, one after another.</summary>
    /// <param name="node">The node.</param>
    /// <param name="directions">1 or 2.</param>
    /// <param name="defaults">The functions of one direction where none are named.</param>
    /// <exception cref="OnnxFormatException">Another number of functions than the node has, or one that is not known.</exception>
    public static ParallelRanges.Body<float, float>[] Of(NodeAttributes node, int directions, params string[] defaults)
    {
        string[] names = node.Texts("activations") ?? [.. Arrays.Repeat(defaults, directions).SelectMany(static one => one)];
        if (names.Length != directions * defaults.Length)
            throw node.Fault($"attribute activations has {names.Length} functions, and must have {directions * defaults.Length}: "
                + $"{defaults.Length} for each of {directions} directions");

        // Each function takes the next factors of the lists, as far as it has any.
        var alphas = new Queue<float>(node.Floats("activation_alpha") ?? []);
        var betas = new Queue<float>(node.Floats("activation_beta") ?? []);
        return [.. names.Select(name => Of(node, name, alphas, betas))];
    }

    /// <summary>Whether a node names no functions, or those that stand where none are named.</summary>
    public static bool AreUsual(NodeAttributes node, params string[] defaults) => node.Texts("activations") is not { } names
        || names.Select((name, i) => string.Equals(name, defaults[i % defaults.Length], StringComparison.OrdinalIgnoreCase))
            .All(static same => same);

    private static ParallelRanges.Body<float, float> Of(NodeAttributes node, string name, Queue<float> alphas, Queue<float> betas)
    {
        float Alpha(float fallback) => alphas.TryDequeue(out float given) ? given : fallback;
        float Beta(float fallback) => betas.TryDequeue(out float given) ? given : fallback;
        switch (name.ToUpperInvariant())
        {
            case "SIGMOID": return static (x, y) => VectorFunction.Apply(default(Sigmoid), x, y);
            case "TANH": return static (x, y) => VectorFunction.Apply(default(Tanh), x, y);
            case "RELU": return static (x, y) => TensorPrimitives.Max(x, 0f, y);
            case "SOFTSIGN": return static (x, y) => VectorFunction.Apply(default(Softsign), x, y);
            case "SOFTPLUS": return static (x, y) => VectorFunction.Apply(default(Softplus), x, y);
            case "LEAKYRELU":
                var leaky = new LeakyRelu(Alpha(0.01f));
                return (x, y) => VectorFunction.Apply(leaky, x, y);
            case "THRESHOLDEDRELU":
                var thresholded = new ThresholdedRelu(Alpha(1));
                return (x, y) => VectorFunction.Apply(thresholded, x, y);
            case "ELU":
                var elu = new Elu(Alpha(1));
                return (x, y) => VectorFunction.Apply(elu, x, y);
            case "HARDSIGMOID":
                var hard = new HardSigmoid(Alpha(0.2f), Beta(0.5f));
                return (x, y) => VectorFunction.Apply(hard, x, y);
            case "AFFINE":
                (float factor, float shift) = (Alpha(1), Beta(0));
                return (x, y) =>
                {
                    TensorPrimitives.Multiply(x, factor, y);
                    TensorPrimitives.Add(y, shift, y);
                };
            case "SCALEDTANH":
                (float outer, float inner) = (Alpha(1), Beta(1));
                return (x, y) =>
                {
                    TensorPrimitives.Multiply(x, inner, y);
                    VectorFunction.Apply(default(Tanh), y, y);
                    TensorPrimitives.Multiply(y, outer, y);
                };
            default: throw node.Fault($"attribute activations names '{name}', which is no function of a recurrent node");
        }
    }
}
