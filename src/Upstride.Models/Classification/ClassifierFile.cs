using System.Globalization;
using Upstride.Learning.Saving;

namespace Upstride.Models.Classification;

/// <summary>
/// A classifier in a safetensors file: its parameters by their names, and in <c>__metadata__</c> the keys <c>model</c>
/// (<c>classifier</c>), <c>size</c>, <c>channels</c> and <c>classes</c>.
/// </summary>
public static class ClassifierFile
{
    private const string Model = "classifier";

    /// <summary>Writes a classifier, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, PictureClassifier<float> classifier, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ClassifierSettings settings = classifier.Settings;
        classifier.Save(path, [new("model", Model), Number("size", settings.Size), Number("channels", settings.Channels),
            Number("classes", settings.Classes)], cancellationToken);

        static KeyValuePair<string, string> Number(string key, int value) => new(key, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a classifier, ready for use.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SafetensorsException">The file is no such file, or holds no classifier; the message names the fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PictureClassifier<float> Read(string path)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        string model = Text("model");
        if (!string.Equals(model, Model, StringComparison.Ordinal))
            throw new SafetensorsException(reader.FileName, null, $"it holds the model '{model}', and not '{Model}'");
        try
        {
            // The limits of the sizes keep a network of metadata alone small: at most 64 * 128 * 128 * 64 weights.
            var classifier = new PictureClassifier<float>(new(Number("size"), Number("channels"), Number("classes")));
            classifier.Load(reader);
            classifier.Eval();
            return classifier;
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new SafetensorsException(reader.FileName, null, $"its metadata: {fault.Message.Split('\n')[0]}");
        }

        string Text(string key) => reader.Metadata.TryGetValue(key, out string? text)
            ? text : throw new SafetensorsException(reader.FileName, null, $"its metadata do not say '{key}': it is no {Model}");

        int Number(string key) => int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new SafetensorsException(reader.FileName, null, $"its metadata say '{key}' is '{Text(key)}', and it must be a number");
    }
}
