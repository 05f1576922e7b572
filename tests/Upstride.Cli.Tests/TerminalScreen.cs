using System.Globalization;
using System.Text;

namespace Upstride.Cli.Tests;

/// <summary>What a terminal shows after a program's output: letters, line ends, moves of the cursor and erasures (ECMA-48).</summary>
internal static class TerminalScreen
{
    /// <summary>The lines, without spaces at their ends.</summary>
    public static string[] Show(string output)
    {
        var lines = new List<StringBuilder> { new() };
        int row = 0, column = 0;
        for (int i = 0; i < output.Length; i++)
        {
            switch (output[i])
            {
                case '\r':
                    column = 0;
                    break;
                case '\n':
                    row++;
                    break;
                case '\b':
                    column = Math.Max(0, column - 1);
                    break;
                case '\u001b' when i + 1 < output.Length && output[i + 1] == '[':
                    int end = i + 2;
                    while (end < output.Length && output[end] is < '@' or > '~') end++;
                    if (end == output.Length) return Text(lines);
                    Obey(output[(i + 2)..end], output[end]);
                    i = end;
                    break;
                // Of the keypad, which .NET sends where the system describes the terminal.
                case '\u001b' when i + 1 < output.Length && output[i + 1] is '=' or '>':
                    i++;
                    break;
                case >= ' ':
                    while (Line().Length <= column) Line().Append(' ');
                    Line()[column++] = output[i];
                    break;
            }
        }
        return Text(lines);

        StringBuilder Line()
        {
            while (lines.Count <= row) lines.Add(new());
            return lines[row];
        }

        void Obey(string parameters, char command)
        {
            int count = int.TryParse(parameters.Split(';')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int told)
                ? told : command is 'K' or 'J' ? 0 : 1;
            switch (command)
            {
                case 'A':
                    row = Math.Max(0, row - count);
                    break;
                case 'B':
                    row += count;
                    break;
                case 'C':
                    column += count;
                    break;
                case 'D':
                    column = Math.Max(0, column - count);
                    break;
                case 'G':
                    column = count - 1;
                    break;
                case 'K' when count == 2:
                    Line().Clear();
                    break;
                case 'K' when count == 0:
                    Line().Length = Math.Min(Line().Length, column);
                    break;
                case 'J':
                    _ = Line();
                    Line().Length = Math.Min(Line().Length, column);
                    lines.RemoveRange(row + 1, lines.Count - row - 1);
                    break;
            }
        }
    }

    private static string[] Text(List<StringBuilder> lines) => [.. lines.Select(static line => line.ToString().TrimEnd())];
}
