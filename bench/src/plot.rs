//! Curves: how a figure grows, drawn as SVG.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

const SIZE: (u32, u32) = (760, 380);
const COLOURS: [RGBColor; 2] = [RGBColor(0x1b, 0x6e, 0xb8), RGBColor(0xc2, 0x4a, 0x1e)];

/// One drawing; both axes are logarithmic.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    /// Names its file, after the figure.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) across: &'static str,
    pub(crate) upwards: &'static str,
    pub(crate) curves: Vec<Curve>,
}

/// One contender's points, from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) of: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

// === impl Plot ===

impl Plot {
    /// The drawing as a document.
    pub(crate) fn svg(&self) -> Result<String> {
        let mut text = String::new();
        self.draw(&mut text).map_err(|error| anyhow!("{}: {error}", self.title))?;
        Ok(text + "\n")
    }

    fn draw(&self, text: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let points = || self.curves.iter().flat_map(|curve| curve.points.iter());
        let across = span(points().map(|point| point.0));
        let upwards = span(points().map(|point| point.1));
        let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d((across.0..across.1).log_scale(), (upwards.0..upwards.1).log_scale())?;
        let whole = |value: &f64| format!("{value:.0}");
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(self.across).y_desc(self.upwards).light_line_style(WHITE);
        mesh.x_labels(4).x_label_formatter(&whole).y_label_formatter(&whole).draw()?;
        for (curve, colour) in self.curves.iter().zip(COLOURS) {
            let line = LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2)).point_size(4);
            let key = move |(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], colour.stroke_width(2));
            chart.draw_series(line)?.label(curve.of).legend(key);
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .border_style(BLACK)
            .draw()?;
        area.present()?;
        drop(chart);
        Ok(())
    }
}

/// From somewhat less than the least to somewhat more than the greatest.
fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = values
        .fold((f64::MAX, f64::MIN_POSITIVE), |(least, most), value| (least.min(value), most.max(value)));
    (least.min(most) / 1.5, most * 1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_is_named_and_drawn() {
        let curve = |of| Curve { of, points: vec![(100.0, 7.0), (1_000.0, 10.0)] };
        let plot = Plot {
            name: "memory",
            title: "Memory",
            across: "instances",
            upwards: "MB",
            curves: vec![curve("Gyropilot"), curve("Consul")],
        };
        let svg = plot.svg().unwrap();
        for word in ["Memory", "instances", "MB", "Gyropilot", "Consul"] {
            assert!(svg.contains(word), "{word}: {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 4);
    }
}
