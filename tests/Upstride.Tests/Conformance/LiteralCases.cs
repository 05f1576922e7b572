using System.Text.Json;
using Upstride.Testing;

namespace Upstride.Tests.Conformance;

/// <summary>Literal numbers transcribed from other projects' test suites; the file's own "schema" explains the fields.</summary>
public static class LiteralCases
{
    // Parsed once; the cases are immutable.
    private static readonly Lazy<LiteralCase[]> s_all = new(static () =>
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("conformance", "literal-cases.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(static item => new LiteralCase(item.Clone()))];
    }, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>One row, shown by the case's name, for each case whose operator begins with <paramref name="operation"/>. Without the shared data one row, which <see cref="Get"/> skips.</summary>
    public static IEnumerable<TheoryDataRow<string>> Rows(string operation)
    {
        LiteralCase[] all;
        try
        {
            all = s_all.Value;
        }
        catch (Exception)
        {
            // Rows are listed outside any test, where neither skipping nor failing is possible: the one row's test does it.
            return [new("the shared data") { TestDisplayName = $"{operation}: the shared data" }];
        }
        return all.Where(one => one.Operation.StartsWith(operation, StringComparison.Ordinal))
            .Select(static one => new TheoryDataRow<string>(one.Name) { TestDisplayName = $"{one.Operation}: {one.Name}" });
    }

    /// <summary>The case of this name; skips the test where there is no shared data.</summary>
    public static LiteralCase Get(string name) => s_all.Value.Single(one => one.Name == name);
}

/// <summary>A tensor in row-major order.</summary>
public sealed record LiteralTensor(nint[] Shape, double[] Data)
{
    /// <summary>The elements in single precision.</summary>
    public float[] Floats => Array.ConvertAll(Data, static value => (float)value);

    /// <summary>The elements as whole numbers.</summary>
    public long[] Longs => Array.ConvertAll(Data, static value => checked((long)value));
}

/// <summary>One case: what goes in, what must come out, and how closely.</summary>
public sealed class LiteralCase
{
    private readonly JsonElement _item;

    internal LiteralCase(JsonElement item)
    {
        _item = item;
        Parameters = new(item.GetProperty("params"));
        JsonElement tolerance = item.GetProperty("tolerance");
        Absolute = tolerance.GetProperty("abs").GetDouble();
        Relative = tolerance.GetProperty("rel").GetDouble();
    }

    public string Name => Text("name")!;

    /// <summary>conv_transpose1d, 2d, 3d, max_unpool1d, 2d, 3d or resize.</summary>
    public string Operation => Text("op")!;

    /// <summary>NCL, NCHW, NCDHW, NHWC or plain.</summary>
    public string Layout => Text("layout")!;

    /// <summary>IOL, IOHW, IODHW, OHWI or HWOI.</summary>
    public string? WeightLayout => Text("weight_layout");

    public LiteralParameters Parameters { get; }

    public LiteralTensor Input => Tensor("input")!;

    public LiteralTensor? Weight => Tensor("weight");

    public LiteralTensor? Bias => Tensor("bias");

    public LiteralTensor? Indices => Tensor("indices");

    public LiteralTensor? Expected => Tensor("expected");

    /// <summary>The output's gradient; null where there is none, where it is <see cref="GradientIsOnes"/> or where <see cref="Loss"/> gives it.</summary>
    public LiteralTensor? OutputGradient => Tensor("grad_output");

    /// <summary>Whether the output's gradient is all ones.</summary>
    public bool GradientIsOnes => Text("grad_output") == "ones";

    public LiteralTensor? ExpectedInputGradient => Tensor("expected_grad_input");

    public LiteralTensor? ExpectedWeightGradient => Tensor("expected_grad_weight");

    public LiteralTensor? ExpectedBiasGradient => Tensor("expected_grad_bias");

    /// <summary>mean(exp(output)) or sum(output^2), whose gradients are expected.</summary>
    public string? Loss => Text("loss");

    public double? ExpectedLoss => _item.TryGetProperty("expected_loss", out JsonElement value) ? value.GetDouble() : null;

    public LiteralTensor? InputTangent => Tensor("input_tangent");

    public LiteralTensor? WeightTangent => Tensor("weight_tangent");

    public LiteralTensor? ExpectedTangent => Tensor("expected_tangent");

    /// <summary>Why the case must be rejected; null where it must pass.</summary>
    public string? ExpectedError => Text("expect_error");

    public string? Note => Text("note");

    public double Absolute { get; }

    public double Relative { get; }

    /// <summary>Compares to the case's tolerance, widened by what an algorithm may round, and names the first element outside it.</summary>
    public void AssertClose(LiteralTensor expected, ReadOnlySpan<nint> shape, ReadOnlySpan<float> actual, double rounding = 0)
    {
        Assert.Equal(expected.Shape, shape.ToArray());
        Assert.Equal(expected.Data.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            double bound = Absolute + Relative * Math.Abs(expected.Data[i]) + rounding;
            if (!(Math.Abs(actual[i] - expected.Data[i]) <= bound))
                Assert.Fail($"{Name}: element {i} of [{string.Join(", ", expected.Shape)}] is {actual[i]}, and must be {expected.Data[i]} within {bound}");
        }
    }

    private string? Text(string key) =>
        _item.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private LiteralTensor? Tensor(string key)
    {
        if (!_item.TryGetProperty(key, out JsonElement value) || value.ValueKind != JsonValueKind.Object) return null;
        return new(
            [.. value.GetProperty("shape").EnumerateArray().Select(static length => (nint)length.GetInt64())],
            [.. value.GetProperty("data").EnumerateArray().Select(static element => element.GetDouble())]);
    }
}

/// <summary>A case's parameters by their names in ONNX.</summary>
public sealed class LiteralParameters(JsonElement item)
{
    public bool Has(string key) => item.TryGetProperty(key, out _);

    public string Text(string key, string missing) => item.TryGetProperty(key, out JsonElement value) ? value.GetString()! : missing;

    public double Number(string key, double missing) => item.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : missing;

    public int Integer(string key, int missing) => checked((int)Number(key, missing));

    /// <summary>A list of numbers, nested lists one after another; empty where there is none.</summary>
    public double[] Numbers(string key) => item.TryGetProperty(key, out JsonElement value) ? [.. Flatten(value)] : [];

    public int[] Integers(string key) => Array.ConvertAll(Numbers(key), static value => checked((int)value));

    public long[] Longs(string key) => Array.ConvertAll(Numbers(key), static value => checked((long)value));

    public float[] Floats(string key) => Array.ConvertAll(Numbers(key), static value => (float)value);

    private static IEnumerable<double> Flatten(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(Flatten) : [value.GetDouble()];
}
