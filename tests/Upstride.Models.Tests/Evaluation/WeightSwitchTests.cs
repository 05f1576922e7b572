using System.Reflection;
using System.Xml.Linq;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Tests.Evaluation;

/// <summary>The switches by which a trimmed program leaves weights out (docs/apps.md).</summary>
public sealed class WeightSwitchTests
{
    private static readonly Assembly Library = typeof(UpscalingWeights).Assembly;

    // The trimmer removes just what is listed: a file that is forgotten stays, one that is misspelled is not told of.
    [Fact]
    public void Each_file_of_weights_above_the_fast_is_left_out_by_the_switch_of_its_quality()
    {
        using Stream stream = Library.GetManifestResourceStream("ILLink.Substitutions.xml")!;
        XElement assembly = Assert.Single(XDocument.Load(stream).Root!.Elements());
        Assert.Equal(Library.GetName().Name, (string?)assembly.Attribute("fullname"));
        Assert.Equal(
            ShippedNetwork.All.Where(static one => one.Quality != UpscalingQuality.Fast)
                .Select(static one => ($"Upstride.Models.Weights.{one.File}.safetensors", $"Upstride.Models.{one.Quality}Weights")),
            assembly.Elements("resource").Select(static one => ((string)one.Attribute("name")!, (string)one.Attribute("feature")!)));
        Assert.All(assembly.Elements(), static one =>
            Assert.Equal(("remove", "false"), ((string?)one.Attribute("action"), (string?)one.Attribute("featurevalue"))));
    }

    [Fact]
    public void Each_file_of_weights_is_in_the_assembly() => Assert.Equal(
        ShippedNetwork.All.Select(static one => $"Upstride.Models.Weights.{one.File}.safetensors").Order(StringComparer.Ordinal),
        Library.GetManifestResourceNames().Where(static name => name.EndsWith(".safetensors", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));
}
