using Spectre.Console;
using Upstride.Cli.Reports;
using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;

namespace Upstride.Cli.Commands.Explain;

/// <summary>The answers of <c>upstride check</c> for people.</summary>
internal static class CheckText
{
    public static void Write(
        Report report, Texts texts, LayerDiagnosis[] layers, ChainReport[] chains, CureReport[] cures, SettingsReport[] settings,
            double? worst, double? threshold)
    {
        foreach (LayerDiagnosis layer in layers)
        {
            string weights = layer.Layer.Assumed ? texts["check.assumed"] : "";
            string pass = layer.Layer.IsBackward ? texts["check.backward"] : "";
            report.Line($"{layer.Layer.Name}: kernel {Axes(layer.Layer.Kernel)}, stride {Axes(layer.Layer.Stride)}{weights}{pass}");
            report.Line("  " + PatternScene.Verdict(layer, texts));
            PairGains pair = layer.WorstPair;
            string gains = string.Join(' ', pair.Gains.Take(16).Select(Numeral.Of)) + (pair.Gains.Length > 16 ? " ..." : "");
            report.Line("  " + texts["check.pair", pair.Input, pair.Output, gains]);
        }
        foreach (ChainReport chain in chains)
        {
            report.Line(texts["check.chain", string.Join(" > ", chain.Layers), Level(chain.PatternDb, texts)]
                + (chain.LeftOut.Length > 0 ? " " + texts["check.left", string.Join(", ", chain.LeftOut)] : ""));
        }
        if (cures.Length > 0) report.Write(Table(cures, texts));
        foreach (SettingsReport one in settings)
            report.Line(texts["check.setting", one.Kernel, one.Stride, one.Padding, one.OutputPadding]);
        if (layers.Length == 0) report.Line(texts["check.none"]);
        Verdict(report, worst, threshold);
    }

    public static void Write(Report report, string file, NodeCureReport[] changes, double? worst, double? threshold)
    {
        Texts texts = Texts.Of(Language.English);
        foreach (NodeCureReport change in changes)
        {
            CureReport cure = change.Cure;
            report.Line($"{change.Node}: {cure.Cure}, kernel {Axes(cure.Kernel!)}, largest weight change "
                + $"{Numeral.Of(cure.LargestChange!.Value)}, pattern {Level(cure.BeforeDb, texts)} -> {Level(cure.AfterDb, texts)}");
        }
        if (changes.Length == 0) report.Line("no transposed convolution has a pattern: the file is written as it is");
        report.Line(file);
        Verdict(report, worst, threshold);
    }

    public static void Write(Report report, string path, PictureSpectrum spectrum, double? threshold)
    {
        report.Line($"{path}: power at the multiples of 1/{spectrum.Stride} against the power around them, windows of {spectrum.Window} "
            + $"pixels");
        Table table = new Table().AddColumns("cycles a pixel (down, across)", "dB");
        foreach (SpectrumPeak peak in spectrum.Peaks) table.AddRow(
            $"{peak.Row}/{spectrum.Stride}, {peak.Column}/{spectrum.Stride}", Numeral.Decibels(peak.Decibels));
        report.Write(table);
        Verdict(report, spectrum.WorstDb, threshold);
    }

    private static void Verdict(Report report, double? worst, double? threshold)
    {
        if (threshold is not { } allowed) return;
        string found = worst is { } level ? $"{Numeral.Decibels(level)} dB" : "none";
        report.Line(worst > threshold
            ? $"above the threshold: the worst pattern is {found}, and {Numeral.Decibels(allowed)} dB is allowed"
            : $"within the threshold: the worst pattern is {found}, and {Numeral.Decibels(allowed)} dB is allowed");
    }

    private static Table Table(CureReport[] cures, Texts texts)
    {
        Table table = new Table().AddColumns(texts["check.cure"], texts["check.kernel"], texts["check.change"], texts["check.before"],
            texts["check.after"]);
        foreach (CureReport cure in cures)
        {
            if (cure.Refused is { } reason) table.AddRow(cure.Cure, "", Markup.Escape(reason), "", "");
            else table.AddRow(cure.Cure, Axes(cure.Kernel!), Numeral.Of(cure.LargestChange!.Value), Level(cure.BeforeDb, texts),
                Level(cure.AfterDb, texts));
        }
        return table;
    }

    private static string Level(double? level, Texts texts) => level is { } one ? $"{Numeral.Decibels(one)} dB" : texts["check.nothing"];

    private static string Axes(IEnumerable<int> values) => string.Join('x', values);
}
