using System.Globalization;
using System.Text.RegularExpressions;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;
using Upstride.Testing;

namespace Upstride.Models.Tests.Evaluation;

/// <summary>The super-resolution tables (Dong et al., 2016): Set5, luma.</summary>
public sealed class PublishedTests
{
    [Theory]
    [InlineData(2, 33.66, 0.9299)]
    [InlineData(3, 30.39, 0.8682)]
    [InlineData(4, 28.42, 0.8104)]
    public void Bicubic_on_set5(int scale, double psnr, double ssim)
    {
        ImageQuality[] qualities =
            UpscalingEvaluation.Judge(new BicubicUpscaler(scale), ImageFolder.Files(SharedData.Path("images", "set5")),
            cancellationToken: TestContext.Current.CancellationToken);
        Quality mean = UpscalingEvaluation.Mean(qualities);
        Assert.Equal(["baby.png", "bird.png", "butterfly.png", "head.png", "woman.png"], qualities.Select(static one => one.File));
        Assert.InRange(mean.Psnr, psnr - 0.02, psnr + 0.02);
        Assert.InRange(mean.Ssim, ssim - 0.0002, ssim + 0.0002);
    }

    // What the paper's FSRCNN reaches from the same 91 pictures.
    [Fact]
    public void The_librarys_weights_are_at_least_as_good_as_the_papers()
    {
        Dictionary<int, double> published = new() { [2] = 36.94, [3] = 33.06, [4] = 30.55 };
        string[] files = ImageFolder.Files(SharedData.Path("images", "set5"));
        Assert.NotEmpty(FsrcnnWeights.Scales);
        foreach (int scale in FsrcnnWeights.Scales)
        {
            var upscaler = new NetworkLumaUpscaler(PlaneNetwork.Of(FsrcnnWeights.Find(scale)!));
            double psnr =
                UpscalingEvaluation.Mean(UpscalingEvaluation.Judge(upscaler, files,
                cancellationToken: TestContext.Current.CancellationToken)).Psnr;
            Assert.True(psnr >= published[scale], $"x{scale}: {psnr} dB, published {published[scale]}");
        }
    }

    public static TheoryData<string, int> Shipped => new(ShippedNetwork.All.Select(static one => (one.File, one.Scale)));

    // The list says what each reaches, and docs/models.md too: of those for clean pictures as | balanced | 2 | PSNR | SSIM |.
    [Theory]
    [MemberData(nameof(Shipped))]
    public void Each_file_of_weights_reaches_what_its_row_says(string file, int scale)
    {
        ShippedNetwork shipped = ShippedNetwork.All.Single(one => (one.File, one.Scale) == (file, scale));
        int? jpeg = shipped.IsCompressed ? 75 : null;
        PlaneNetwork network = UpscalingWeights.Find(shipped.Quality, scale, shipped.IsCompressed)!.ToPlaneNetwork();
        Quality mean = Mean(new NetworkLumaUpscaler(network));
        Assert.Equal(shipped.Psnr, mean.Psnr, 0.0051);
        Assert.Equal(shipped.PsnrOfBicubic, Mean(new BicubicUpscaler(scale)).Psnr, 0.0051);
        if (shipped.IsCompressed) return;

        // The best one is used as an ensemble, which is what evaluate judges.
        if (shipped.Quality == UpscalingQuality.Best) mean = Mean(new NetworkLumaUpscaler(network, new() { SelfEnsemble = true }));
        string document = File.ReadAllText(Path.Combine(SharedData.Checkout, "docs", "models.md"));
        Match row = Regex.Match(document, $@"^\| {shipped.Quality.ToString().ToLowerInvariant()} \| {scale} \| ([\d.]+) \| ([\d.]+) \|",
            RegexOptions.Multiline);
        Assert.True(row.Success, $"docs/models.md has no row for {shipped.Quality}, scale {scale}");
        Assert.Equal(double.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), mean.Psnr, 0.0051);
        Assert.Equal(double.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture), mean.Ssim, 0.000051);

        Quality Mean(ILumaUpscaler upscaler) => UpscalingEvaluation.Mean(UpscalingEvaluation.Judge(
            upscaler, ImageFolder.Files(SharedData.Path("images", "set5")), jpeg,
            cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_file_of_weights_is_in_the_list() => Assert.Equal(
        Directory.GetFiles(Path.Combine(SharedData.Checkout, "src", "Upstride.Models", "Weights"))
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal),
        ShippedNetwork.All.Select(static one => one.File).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void On_compressed_pictures_the_weights_for_those_are_better_than_bicubic_and_than_the_others()
    {
        string[] files = ImageFolder.Files(SharedData.Path("images", "set5"));
        foreach (int scale in UpscalingWeights.Scales.Where(UpscalingWeights.HasCompressed))
            foreach ((int quality, double gain) in ((int, double)[])[(75, 0.4), (50, 0.4)])
            {
                double bicubic = Psnr(new BicubicUpscaler(scale));
                Assert.True(Psnr(Network(isCompressed: true)) > bicubic + gain, $"x{scale}, quality {quality}: bicubic {bicubic}");
                Assert.True(Psnr(Network(isCompressed: true)) > Psnr(Network(isCompressed: false)), $"x{scale}, quality {quality}");

                NetworkLumaUpscaler Network(bool isCompressed) =>
                    new(UpscalingWeights.Find(UpscalingQuality.Balanced, scale, isCompressed)!.ToPlaneNetwork());
                double Psnr(ILumaUpscaler upscaler) => UpscalingEvaluation.Mean(UpscalingEvaluation.Judge(
                    upscaler, files, quality, cancellationToken: TestContext.Current.CancellationToken)).Psnr;
            }
    }
}
