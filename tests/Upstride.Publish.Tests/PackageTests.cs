using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Upstride.Testing;

namespace Upstride.Publish.Tests;

/// <summary>The packages, made once for all tests.</summary>
public sealed class Packages : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _made;

    public Packages() => _made = new(() =>
    {
        Publishing.Make("packages", _folder.Path);
        return _folder.Path;
    });

    /// <summary>Where they are; skips the test where nothing is published.</summary>
    public string Path => _made.Value;

    public void Dispose() => _folder.Dispose();
}

[Collection(Publishing.OneAfterAnother)]
public sealed class PackageTests(Packages packages) : IClassFixture<Packages>
{
    public static TheoryData<string> Libraries =>
        ["Upstride", "Upstride.Learning", "Upstride.Imaging", "Upstride.Models", "Upstride.Onnx", "Upstride.Explain"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_package_says_what_it_is_and_documents_what_is_public(string library)
    {
        string file = Assert.Single(
            Directory.GetFiles(packages.Path, "*.nupkg"),
            path => Path.GetFileName(path).StartsWith(library + ".0", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.ChangeExtension(file, ".snupkg")), "there are no symbols");
        using ZipArchive package = ZipFile.OpenRead(file);
        Assert.NotNull(package.GetEntry("README.md"));
        XElement nuspec = XElement.Load(package.GetEntry(library + ".nuspec")!.Open());
        XNamespace n = nuspec.Name.Namespace;
        string Value(string name) => (string?)nuspec.Element(n + "metadata")!.Element(n + name) ?? "";
        string version = Value("version");
        Assert.Equal(("MIT", "README.md"), (Value("license"), Value("readme")));
        Assert.Contains("transposed-convolution", Value("tags"), StringComparison.Ordinal);
        Assert.DoesNotContain("Package Description", Value("description"), StringComparison.Ordinal);
        Assert.Equal("git", (string?)nuspec.Element(n + "metadata")!.Element(n + "repository")?.Attribute("type"));

        // Libraries that know each other's internals belong together in one version; other packages are taken from a version on.
        foreach (XElement dependency in nuspec.Descendants(n + "dependency"))
        {
            bool sibling = ((string)dependency.Attribute("id")!).StartsWith("Upstride", StringComparison.Ordinal);
            Assert.Equal(sibling, (string)dependency.Attribute("version")! == $"[{version}]");
        }

        string[] documented =
            [.. XElement.Load(package.GetEntry($"lib/net10.0/{library}.xml")!.Open()).Descendants("member")
                .Select(static member => (string)member.Attribute("name")!)];
        Assert.NotEmpty(documented);
        Assert.DoesNotContain(
            documented, static name => name.Contains("Upstride.Kernels.", StringComparison.Ordinal)
                || name.StartsWith("F:", StringComparison.Ordinal) && name.Contains("._", StringComparison.Ordinal));
        string[] types = [.. ((string[])["Shipped", "Unshipped"]).SelectMany(
            kind => File.ReadAllLines(Path.Combine(SharedData.Checkout, "src", library, $"PublicAPI.{kind}.txt")))];
        foreach (string type in documented.Where(static name => name.StartsWith("T:", StringComparison.Ordinal))
            .Select(static name => name[2..].Split('`')[0]))
            Assert.Contains(types, line => line.StartsWith(type, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("linux-x64", true)]
    [InlineData("linux-arm64", true)]
    [InlineData("win-x64", true)]
    [InlineData("osx-arm64", true)]
    [InlineData("any", false)]
    public void The_tool_is_compiled_ahead_beside_its_IL_for_the_common_systems(string system, bool compiled)
    {
        string file = Assert.Single(Directory.GetFiles(packages.Path, $"Upstride.Cli.{system}.*.nupkg"));
        using ZipArchive package = ZipFile.OpenRead(file);
        ZipArchiveEntry[] assemblies =
            [.. package.Entries.Where(static entry => entry.Name.StartsWith("Upstride", StringComparison.Ordinal)
                && entry.Name.EndsWith(".dll", StringComparison.Ordinal))];
        Assert.Equal(7, assemblies.Length);
        foreach (ZipArchiveEntry assembly in assemblies)
        {
            using var content = new MemoryStream();
            using (Stream packed = assembly.Open()) packed.CopyTo(content);
            content.Position = 0;
            using var image = new PEReader(content);
            Assert.Equal(compiled, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
        }
    }

    // A program outside this repository, with nothing of its build, that uses every library by its package.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fresh_program_uses_the_libraries(bool ahead)
    {
        string made = packages.Path;
        using var folder = new TemporaryFolder();
        string version = Path.GetFileNameWithoutExtension(
            Assert.Single(Directory.GetFiles(made, "Upstride.Models.0*.nupkg")))["Upstride.Models.".Length..];
        string references = string.Concat(Libraries.Select(library =>
            $"<PackageReference Include=\"{library.Data}\" Version=\"{version}\" />"));
        string native = ahead
            ? "<PublishAot>true</PublishAot><TrimmerSingleWarn>false</TrimmerSingleWarn><NoWarn>IL2104;IL3053</NoWarn>" : "";
        File.WriteAllText(folder.File("Fresh.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable><TreatWarningsAsErrors>true</TreatWarningsAsErrors>{native}
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
              <Target Name="WarnOfImageSharpAsAWhole" BeforeTargets="WriteIlcRspFileForCompilation">
                <ItemGroup>
                  <ManagedAssemblyToLink Condition="'%(Filename)' == 'SixLabors.ImageSharp'" TrimmerSingleWarn="true" />
                </ItemGroup>
              </Target>
            </Project>
            """);
        File.WriteAllText(folder.File("Program.cs"), """
            using Upstride.Geometry;
            using Upstride.Imaging;
            using Upstride.Learning;
            using Upstride.Models.Inference;
            using Upstride.Models.Upscaling;
            using Upstride.Onnx;

            Console.WriteLine(string.Join('x', ConvTransposeGeometry.PyTorch([1, 1, 85, 85], [1, 1, 9, 9], stride: 3, padding: 4,
                outputPadding: 2).OutputShape));
            var picture = new ImageBuffer(8, 6, 3);
            picture.Bytes.Fill(77);
            ImageBuffer larger = ImageFile.Decode(ImageFile.Encode(PictureUpscaler.ForScale(2).Upscale(picture), ImageFileFormat.Tiff));
            Console.WriteLine($"{larger.Width}x{larger.Height} {larger.Bytes[0]}");
            UpscalingNetwork network = UpscalingWeights.Find(UpscalingQuality.Fast, 2)!;
            Module<float> module = network;
            Console.WriteLine(module.Parameters().Any());
            UpscalingNetworkFile.WriteOnnx("x2.onnx", network);
            Console.WriteLine(OnnxModel.Load("x2.onnx").GetType().Name);
            Console.WriteLine(typeof(Upstride.Explain.Computing.Computation).Name);
            """);

        // Its own packages folder, or an older build of the same version would be taken; all others come from where they always do.
        (string, string) packagesFolder = ("NUGET_PACKAGES", folder.File("packages"));
        File.WriteAllText(folder.File("nuget.config"),
            $"<configuration><packageSources><add key=\"made\" value=\"{made}\" /></packageSources></configuration>");
        (int code, string output) = Publishing.Run(
            "dotnet", ["publish", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", ahead ? "true" : "false",
                "-o", "out", "--nologo", "-v", "quiet", "-p:NuGetAudit=false"], folder.Path, packagesFolder);
        Assert.SkipWhen(code != 0 && ahead && output.Contains("ilcompiler", StringComparison.OrdinalIgnoreCase)
            && output.Contains("NU1", StringComparison.Ordinal), "needs the package of the ahead-of-time compiler");
        Assert.True(code == 0, output);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        (code, output) = Publishing.Run(folder.File(Path.Combine("out", "Fresh")), [], folder.Path);
        Assert.True(code == 0, output);
        Assert.Equal(["1x1x255x255", "16x12 77", "True", "OnnxModel", "Computation"], output.Split('\n', StringSplitOptions.TrimEntries
            | StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_tool_is_installed_and_runs()
    {
        string made = packages.Path;
        using var folder = new TemporaryFolder();
        string version = Path.GetFileNameWithoutExtension(
            Assert.Single(Directory.GetFiles(made, "Upstride.Cli.0*.nupkg")))["Upstride.Cli.".Length..];
        (int code, string output) = Publishing.Run(
            "dotnet", ["tool", "install", "Upstride.Cli", "--version", version, "--source", made, "--tool-path", folder.Path],
            folder.Path, ("NUGET_PACKAGES", folder.File("packages")));
        Assert.True(code == 0, output);
        (code, output) = Publishing.Run(folder.File("upstride"), ["shape", "--input", "2", "--kernel", "3", "--stride", "2"], folder.Path);
        Assert.True(code == 0 && output.StartsWith("2 -> 5 (pytorch)", StringComparison.Ordinal), output);
    }
}
