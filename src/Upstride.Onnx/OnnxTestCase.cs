using System.Globalization;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx;

/// <summary>
/// Runs a case in the layout of ONNX's backend tests: a folder with <c>model.onnx</c> and folders <c>test_data_set_N</c> that hold
/// <c>input_i.pb</c> and <c>output_i.pb</c>, tensors in the order of the model's inputs and outputs.
/// </summary>
public static class OnnxTestCase
{
    /// <summary>The relative tolerance of ONNX's backend tests.</summary>
    public const double DefaultRelativeTolerance = 1e-3;

    /// <summary>The absolute tolerance of ONNX's backend tests.</summary>
    public const double DefaultAbsoluteTolerance = 1e-7;

    /// <summary>Whether a folder holds a case.</summary>
    public static bool IsCase(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return File.Exists(Path.Combine(folder, "model.onnx"));
    }

    /// <summary>
    /// Runs all data sets of a case. An element passes where |actual - expected| is at most
    /// <paramref name="absoluteTolerance"/> + <paramref name="relativeTolerance"/> * |expected|; integers and booleans must be equal.
    /// </summary>
    /// <param name="folder">The case.</param>
    /// <param name="relativeTolerance">Allowed difference in relation to the expected value.</param>
    /// <param name="absoluteTolerance">Allowed difference beside that.</param>
    /// <param name="settings">How to run it.</param>
    /// <param name="cancellationToken">Ends it between two nodes.</param>
    public static OnnxTestResult Run(
        string folder, double relativeTolerance = DefaultRelativeTolerance, double absoluteTolerance = DefaultAbsoluteTolerance,
        OnnxSessionSettings? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        double worst = 0;
        string message = "";
        try
        {
            using OnnxSession session = OnnxSession.Load(Path.Combine(folder, "model.onnx"), settings);
            string[] sets = [.. Directory.GetDirectories(folder, "test_data_set_*").Order(StringComparer.Ordinal)];
            if (sets.Length == 0) return new(name, Passed: false, 0, "there is no folder test_data_set_0");
            foreach (string set in sets)
            {
                OnnxTensor[] given = ReadAll(set, "input");
                OnnxTensor[] expected = ReadAll(set, "output");
                if (given.Length != session.Inputs.Length || expected.Length != session.Outputs.Length)
                    return new(name, Passed: false, worst,
                        $"{Path.GetFileName(set)} holds {given.Length} inputs and {expected.Length} outputs, and the model has "
                        + $"{session.Inputs.Length} and {session.Outputs.Length}");
                IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(
                    Arrays.Range(0, given.Length).ToDictionary(i => session.Inputs[i].Name, i => given[i], StringComparer.Ordinal),
                        cancellationToken);
                for (int i = 0; i < expected.Length; i++)
                {
                    string output = session.Outputs[i].Name;
                    (double difference, string? fault) = Compare(actual[output], expected[i], relativeTolerance, absoluteTolerance);
                    worst = Math.Max(worst, difference);
                    if (fault is not null && message.Length == 0) message = $"{Path.GetFileName(set)}, output '{output}': {fault}";
                }
            }
        }
        catch (Exception fault) when (fault is OnnxFormatException or OnnxUnsupportedException or ArgumentException or IOException)
        {
            return new(name, Passed: false, worst, fault.Message);
        }
        return new(name, message.Length == 0, worst, message);
    }

    private static OnnxTensor[] ReadAll(string set, string kind)
    {
        var tensors = new List<OnnxTensor>();
        while (Path.Combine(set, string.Create(CultureInfo.InvariantCulture, $"{kind}_{tensors.Count}.pb")) is var path
            && File.Exists(path))
            tensors.Add(ModelFile.ReadTensor(path));
        return [.. tensors];
    }

    private static (double Worst, string? Fault) Compare(OnnxTensor actual, OnnxTensor expected, double relative, double absolute)
    {
        if (actual.Type != expected.Type) return (double.PositiveInfinity, $"it is {actual}, and should be {expected}");
        double worst = 0;
        int worstIndex = -1, wrong = 0, firstWrong = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            (double a, double e) = (ElementAt(actual, i), ElementAt(expected, i));
            double difference =
                a.Equals(e) ? 0
                : double.IsNaN(a) || double.IsNaN(e) || double.IsInfinity(a) || double.IsInfinity(e)
                ? double.PositiveInfinity : Math.Abs(a - e);
            double allowed = expected.Type.Storage == Storage.Float ? absolute + (relative * Math.Abs(e)) : 0;
            if (difference > allowed || double.IsPositiveInfinity(difference))
            {
                wrong++;
                if (firstWrong < 0) firstWrong = i;
            }
            if (difference > worst || worstIndex < 0) (worst, worstIndex) = (difference, i);
        }
        if (wrong == 0) return (worst, null);
        return (worst, string.Create(
            CultureInfo.InvariantCulture,
            $"{wrong} of {expected.Length} elements differ; the worst is {IndexText(expected.Type.Shape, worstIndex)}: "
                + $"{ElementAt(actual, worstIndex)}, and should be {ElementAt(expected, worstIndex)}; the first "
                + $"{IndexText(expected.Type.Shape, firstWrong)}: {ElementAt(actual, firstWrong)}, and should be "
                + $"{ElementAt(expected, firstWrong)}"));
    }

    private static double ElementAt(OnnxTensor tensor, int index) => tensor.Type.Storage switch
    {
        Storage.Float => tensor.Floats[index],
        Storage.Integer => tensor.Integers[index],
        _ => tensor.Booleans[index] ? 1 : 0,
    };

    private static string IndexText(TensorShape shape, int index)
    {
        var places = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (index, places[axis]) = Math.DivRem(index, shape[axis]);
        return $"[{string.Join(", ", places)}]";
    }
}
