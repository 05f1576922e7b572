using Upstride.Bench.Problems;
using Upstride.Onnx;

namespace Upstride.Bench.Networks;

/// <summary>The convolutions of an ONNX model, of either kind, with the sizes that they run with.</summary>
internal static class ModelProblems
{
    /// <summary>Runs the model once over zeros, and gives each problem that ran, once, in the order of the runs.</summary>
    /// <param name="path">The model's file.</param>
    /// <param name="shapes">Shapes of the inputs in their order, where the model leaves sizes open.</param>
    /// <param name="operation">The forward pass, as the model runs, or one of the gradients of it.</param>
    /// <exception cref="FormatException">A shape is missing, or the model runs no convolution.</exception>
    public static IReadOnlyList<Work> Of(string path, IReadOnlyList<int[]> shapes, Operation operation)
    {
        List<string> lines = [];
        var model = OnnxModel.Load(path);
        using var session = new OnnxSession(model, OnnxSessionSettings.Default with
        {
            // One thread runs one plan at a time, so the list is written by one at a time.
            Compute = new() { Threads = 1, Trace = run => lines.Add(run.Problem) },
        });
        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (var i = 0; i < model.Inputs.Length; i++)
            inputs.Add(model.Inputs[i].Name, OnnxTensor.Zeros(model.Inputs[i].ElementType, Shape(model.Inputs[i], i, shapes)));
        session.Run(inputs);
        var stem = Path.GetFileNameWithoutExtension(path).Replace(' ', '-');
        Work[] all =
        [
            .. lines.Where(line => !line.EndsWith(" nhwc", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)
                .Select((line, i) => Named(Work.Parse(line).As(operation), $"{stem}-{i}")),
        ];
        return all.Length > 0 ? all : throw new FormatException($"{path} runs no convolution with its channels first");
    }

    private static Work Named(Work work, string name) => work with { Problem = work.Problem with { Name = name } };

    private static nint[] Shape(OnnxValueInfo input, int index, IReadOnlyList<int[]> shapes) =>
        index < shapes.Count ? [.. shapes[index].Select(static length => (nint)length)]
        : input.Dimensions is { } dimensions && dimensions.All(static dimension => dimension.Length is not null)
        ? [.. dimensions.Select(static dimension => (nint)dimension.Length!.Value)]
        : throw new FormatException($"the model leaves sizes open ({input}): give --input with the shape of each input, as 1x3x224x224");
}
