using System.Globalization;

namespace Upstride.Models.Generation;

/// <summary>The sizes of a DCGAN.</summary>
/// <param name="Size">Rows and columns of a picture: 28, 32 or 64.</param>
/// <param name="Channels">1 grey, 3 colours.</param>
/// <param name="Features">Channels of the generator's last hidden layer, and of the discriminator's first; they double with each halving of
/// the picture.</param>
/// <param name="Latent">Random numbers that a picture is made from.</param>
/// <param name="Upsampling">How the generator doubles height and width.</param>
/// <remarks>Source: Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
/// Networks", ICLR 2016. Theirs is 64, 3, 128, 100.</remarks>
public sealed record DcganSettings(
    int Size = 64, int Channels = 3, int Features = 64, int Latent = 100, UpsamplingKind Upsampling = UpsamplingKind.Transposed)
{
    private const int MostFeatures = 1024, MostLatent = 4096;

    /// <summary>The sizes that a picture can have.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [28, 32, 64];

    /// <summary>How often the size is doubled on the way from <see cref="FirstSize"/>.</summary>
    public int Doublings => Size switch { 28 => 2, 32 => 3, _ => 4 };

    /// <summary>Rows and columns of the first layer's output: 7 or 4.</summary>
    public int FirstSize => Size >> Doublings;

    /// <summary>Channels of a hidden layer.</summary>
    /// <param name="doubling">How many doublings are before it.</param>
    public int FeaturesAt(int doubling) => Features << (Doublings - 1 - doubling);

    /// <summary>Refuses sizes that no such network has.</summary>
    /// <exception cref="ArgumentException">The message names the size.</exception>
    public DcganSettings Checked()
    {
        if (!Sizes.Contains(Size))
            throw new ArgumentOutOfRangeException(nameof(Size), Size, $"size = {Size}, and must be one of {string.Join(", ", Sizes)}");
        if (Channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, $"channels = {Channels}, and must be 1 for grey or 3 for "
                + $"colours");
        if (Features is < 1 or > MostFeatures)
            throw new ArgumentOutOfRangeException(nameof(Features), Features, $"features = {Features}, and must be 1 .. {MostFeatures}");
        if (Latent is < 1 or > MostLatent)
            throw new ArgumentOutOfRangeException(nameof(Latent), Latent, $"latent = {Latent}, and must be 1 .. {MostLatent}");
        if (!Enum.IsDefined(Upsampling))
            throw new ArgumentOutOfRangeException(nameof(Upsampling), Upsampling,
                $"upsampling = {Upsampling}, and must be one of {string.Join(", ", Enum.GetNames<UpsamplingKind>())}");
        return this;
    }

    /// <summary>In words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"DCGAN of {Size}x{Size} {(Channels == 1 ? "grey" : "colour")} pictures, {Features} features, {Upsampling}");
}
