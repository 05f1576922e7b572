
using Upstride.Testing;

namespace Upstride.Onnx.Tests;

/// <summary>ONNX's own backend cases, at the tolerance of ONNX's own runner.</summary>
public class ConformanceTests
{
    public static TheoryData<string> Cases
    {
        get
        {
            var cases = new TheoryData<string>();
            foreach (string group in (string[])["node", "node-historic", "pytorch-converted", "pytorch-operator"])
            {
                string folder = Path.Combine(Root, group);
                if (!Directory.Exists(folder)) continue;
                foreach (string one in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
                    cases.Add($"{group}/{Path.GetFileName(one)}");
            }

            // Without the data one row remains, which skips and says why.
            if (cases.Count == 0) cases.Add("node/test_convtranspose");
            return cases;
        }
    }

    private static string Root { get; } = Environment.GetEnvironmentVariable("UPSTRIDE_SHARED") is { Length: > 0 } chosen
        ? Path.Combine(chosen, "conformance", "onnx")
        : Path.Combine(SharedData.Checkout, "..", "shared", "conformance", "onnx");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_gives_what_it_should(string name)
    {
        string folder = SharedData.Path(["conformance", "onnx", .. name.Split('/')]);
        OnnxTestResult result = OnnxTestCase.Run(folder);
        Assert.True(result.Passed, result.Message);
    }
}
